/** Who runs a task. Nobody's death is ever certain, so what a process writes counts only while the task is still its own. */

/** One holding of a task by one process. The number grows each time the task is given to somebody. */
export interface Lease {
  instanceId: string;
  epoch: number;
}

/** The task has been given to another process since: whoever meets this stops its scanner and leaves the task alone. */
export class LeaseLost extends Error {
  constructor() {
    super('Another process of Portolan has taken the task over.');
    this.name = 'LeaseLost';
  }
}
