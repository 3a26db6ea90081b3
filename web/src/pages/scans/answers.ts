/** What the tools tell of scans, by the names that these pages use. */
import type { Answer } from '../../api/call.ts';

export type Task = Answer<'list_tasks'>['tasks'][number];
export type OneTask = Answer<'get_task_status'>;
export type Result = NonNullable<Answer<'get_task_result'>['result']>;
export type Host = Result['hosts'][number];
