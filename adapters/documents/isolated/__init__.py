"""Documents written in processes of their own, which are killed where a text takes too much time or memory.

The first export starts a fork server: one process without threads that has loaded the writers. It forks a
process for every export, so that none inherits what another has left behind, and the start takes
milliseconds. (The fork server of `multiprocessing` would load the main module of this program into each.)

All of it ends with this process, however that ends: the fork server and the exports notice the end of the
connections that this process holds. They ignore the signals of a terminal or a service manager, which mean
this process; it decides what becomes of the exports.
"""
