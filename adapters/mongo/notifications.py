from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pymongo import ReplaceOne

from adapters.mongo.collection import BY_ID, NEWEST_FIRST, Collection
from adapters.mongo.conditions import all_of, any_of, compare, is_unset
from adapters.mongo.database import Document, MongoDatabase, unavailable_if_away
from core.domain.errors import AlreadyExists
from core.domain.live.notifications import MAX_NOTIFICATIONS, Notification

_IS_UNREAD = is_unset("read_at")


class MongoNotifications(Collection[Notification]):
    def __init__(self, database: MongoDatabase) -> None:
        super().__init__(database, "notifications", Notification)

    def add(self, notification: Notification) -> None:
        try:
            super().add(notification)
        except AlreadyExists:
            # Whoever kept it may have been interrupted before the trimming.
            self._trim(notification.user_id)
            raise
        self._trim(notification.user_id)

    def newest(self, user_id: str, *, only_unread: bool) -> Sequence[Notification]:
        conditions = [compare("user_id", "$eq", user_id)]
        if only_unread:
            conditions.append(_IS_UNREAD)
        return self._select(conditions, NEWEST_FIRST)

    def after(self, user_id: str, notification_id: str) -> Sequence[Notification]:
        return self._select(
            [compare("user_id", "$eq", user_id), compare("id", "$gt", notification_id)], BY_ID
        )

    def unread_count(self, user_id: str) -> int:
        return self._counts("user_id", compare("user_id", "$eq", user_id), _IS_UNREAD).get(user_id, 0)

    def mark_read(self, user_id: str, notification_ids: Several[str] | None, now: datetime) -> int:
        conditions = [compare("user_id", "$eq", user_id), _IS_UNREAD]
        if notification_ids is not None:
            conditions.append(any_of("_id", notification_ids))
        unread = self._select(conditions, NEWEST_FIRST)
        if not unread:
            return 0
        writes = [self._marking(notification, now) for notification in unread]
        with unavailable_if_away():
            return self._collection.bulk_write(writes, ordered=False).modified_count

    def _marking(self, unread: Notification, now: datetime) -> ReplaceOne[Document]:
        """Matches nothing if somebody else has marked or cleared it meanwhile.

        The document is replaced as a whole, since not every server that speaks MongoDB's protocol
        keeps the type of a date that `$set` writes.
        """
        read = replace(unread, read_at=now, version=unread.version + 1)
        return ReplaceOne(all_of([compare("_id", "$eq", unread.id), _IS_UNREAD]), self._document(read))

    def clear(self, user_id: str) -> int:
        return self._remove(compare("user_id", "$eq", user_id))

    def _trim(self, user_id: str) -> None:
        """Forget all but the newest.

        What has so many newer ones at the time of the reading has them also at the time of the
        removal, unless the user clears them all: so several may trim at once, and again.
        """
        of_user = compare("user_id", "$eq", user_id)
        with unavailable_if_away():
            beyond = self._collection.find(
                of_user, ["id"], sort=NEWEST_FIRST.keys, skip=MAX_NOTIFICATIONS, limit=1
            )
            for newest_beyond in beyond:
                self._remove(of_user, compare("id", "$lte", newest_beyond["id"]))
