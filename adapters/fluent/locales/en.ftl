# Texts for users, by the code of the message. See core/domain/messages.py.

unknown_message = Something happened that this version cannot describe.

## Progress of jobs

waiting_for_worker = Waiting for a worker
waiting_to_retry = Waiting to be tried again
job_failed = Failed
job_cancelled = Cancelled
writing_questions = Writing questions
writing_another_question = Writing another question
laying_out_questions = Laying out the questions
questions_added = Done
questions_added_with_remarks = Done.
some_questions_added = Only { $made } new questions could be added
some_questions_added_with_remarks = Only { $made } new questions could be added.

## Errors of jobs

internal_error = An internal error occurred. You can retry the job.
worker_lost = The work was interrupted too often. You can retry the job.
job_kind_unknown = This version of the product does not know this kind of job.
unavailable = A required service is unavailable.
session_not_found = There is no such session.
question_not_found = There is no such question.
session_full = The session is full.
session_empty = There is no question to export. Generate or add questions, or leave out `only_pinned`.
export_too_large =
    The file would have { $size_mb } MB; at most { $max_mb } MB are possible. Leave out answers or notes, or export only the pinned questions.
export_too_complex =
    The file takes too much time or memory to lay out, most of it for the question “{ $question }”. Shorten or simplify that question, leave out answers or notes, or export only the pinned questions.
no_new_questions =
    There are no more new questions for these topics. Try other topics, another difficulty or other instructions.
provider_unavailable = The service that writes questions cannot be reached right now.
provider_timeout = The service that writes questions took too long to answer.
provider_rate_limited = The service that writes questions is busy right now.
provider_rejected = The service that writes questions refused the request.
provider_bad_output = The service that writes questions gave no usable answer.
unknown_topics = The question bank has no questions on { $topics }. It knows only: { $known }.

## Remarks on generation

topic_taken_as = “{ $asked }” was mapped to “{ $topic }”.
topic_unknown = The question bank has no questions on { $topics }.

## Notifications

notification_generation_complete = Your questions are ready
    .body = { $is_complete ->
        [yes] { $made } new questions.
       *[no] { $made } of { $requested } questions could be generated.
    }
notification_generation_failed = Your questions could not be generated
notification_regeneration_complete = Your question was regenerated
notification_regeneration_failed = Your question could not be regenerated
notification_export_ready = Your export is ready
    .body = You can download it for 7 days.
notification_export_failed = Your export failed
notification_template_shared = { $shared_by } shared a template with you
    .body = { $template_name }
