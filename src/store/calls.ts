/** The calls of the store by their names, so that they can be made from another thread, or with an error put into words. */
import type { StoreParts } from './store.ts';

const CALLS = {
  tasks: [
    'insert',
    'claim',
    'get',
    'list',
    'ranBetween',
    'recordRun',
    'finish',
    'requestCancel',
    'cancelRequested',
    'pendingOf',
    'unfinishedOf',
    'unfinishedOfOwner',
    'strayInstances',
    'adopt',
    'requeue',
    'reopen',
    'startAgain',
    'anyEndedBefore',
    'longestPause',
    'counts',
    'prune',
  ],
  hosts: [
    'record',
    'recordText',
    'put',
    'announce',
    'showAnnounced',
    'page',
    'bodies',
    'lastSeen',
    'finishedAddresses',
    'toldOtherThan',
  ],
  instances: ['register', 'beat', 'leave', 'others', 'remove'],
  tokens: ['create', 'list', 'revoke'],
  sessions: ['open', 'find', 'seen', 'close', 'addLink', 'hasLink', 'takeLink', 'prune'],
  toolStates: ['disabled', 'disable', 'enable'],
  looks: ['begin', 'addPart', 'ready', 'next', 'sitesToFold', 'part', 'refuse', 'list', 'untoldTasks'],
  folds: [
    'frame',
    'concerns',
    'assets',
    'services',
    'fingerprints',
    'apply',
    'lay',
    'commit',
    'goOn',
    'rebuild',
  ],
  assets: [
    'page',
    'count',
    'find',
    'holding',
    'whole',
    'history',
    'idsOf',
    'fingerprints',
    'countBy',
    'countServices',
  ],
  changes: [
    'tell',
    'page',
    'counts',
    'quarters',
    'decide',
    'bookmark',
    'setBookmark',
    'suppressed',
    'gaps',
    'identityLog',
  ],
  expectations: ['list', 'add', 'remove'],
  sites: ['list', 'networks', 'setNetworks', 'covered', 'edit', 'constrain', 'constraints', 'prune'],
  schedules: [
    'add',
    'replace',
    'get',
    'list',
    'remove',
    'due',
    'nextAt',
    'fire',
    'turn',
    'ask',
    'open',
    'take',
    'ofLooks',
    'decide',
    'runs',
    'runsBetween',
    'prune',
  ],
  alertSettings: [
    'channels',
    'putChannel',
    'setReport',
    'removeChannel',
    'rules',
    'putRule',
    'removeRule',
    'windows',
    'addWindow',
    'removeWindow',
  ],
  deliveries: [
    'outbox',
    'expand',
    'told',
    'due',
    'pack',
    'hasReport',
    'report',
    'claim',
    'items',
    'sums',
    'root',
    'sent',
    'failed',
    'list',
    'resend',
    'prune',
  ],
  maintenance: [
    'status',
    'size',
    'makeRoom',
    'giveBack',
    'shorten',
    'counts',
    'check',
    'rows',
    'lastKey',
    'take',
    'unfinished',
    'drop',
    'countOn',
    'clearChanging',
    'copyInto',
    'compact',
  ],
} as const satisfies { [P in keyof StoreParts]: readonly (keyof StoreParts[P])[] };

/** Fails to compile when a method of the store is not among the calls. */
type Forgotten = {
  [P in keyof StoreParts]: Exclude<keyof StoreParts[P], (typeof CALLS)[P][number]>;
}[keyof StoreParts];
const NONE_FORGOTTEN: [Forgotten] extends [never] ? true : Forgotten = true;

/** A store whose every call goes through `make`, which gives what the method of that name gives. */
export function storeOf(make: (call: string, given: readonly unknown[]) => Promise<unknown>): StoreParts {
  const part = <P extends keyof StoreParts>(name: P): StoreParts[P] =>
    Object.fromEntries(
      CALLS[name].map((method) => [
        method,
        (...given: unknown[]) => make(`${name}.${String(method)}`, given),
      ]),
      // The shape is that of CALLS, which the compiler checks against the store; what is given and answered is the method's.
    ) as unknown as StoreParts[P];
  return {
    tasks: part('tasks'),
    hosts: part('hosts'),
    instances: part('instances'),
    tokens: part('tokens'),
    sessions: part('sessions'),
    toolStates: part('toolStates'),
    looks: part('looks'),
    folds: part('folds'),
    assets: part('assets'),
    changes: part('changes'),
    expectations: part('expectations'),
    sites: part('sites'),
    schedules: part('schedules'),
    alertSettings: part('alertSettings'),
    deliveries: part('deliveries'),
    maintenance: part('maintenance'),
  };
}

/** Makes one call by its name. */
export async function callOf(store: StoreParts, call: string, given: readonly unknown[]): Promise<unknown> {
  const [part = '', method = ''] = call.split('.');
  const holder: object | undefined = Object.entries(store).find(([name]) => name === part)?.[1];
  const does: unknown = holder && Reflect.get(holder, method);
  if (!NONE_FORGOTTEN || holder === undefined || typeof does !== 'function')
    throw new Error(`the store has no ${call}`);
  return await Reflect.apply(does, holder, given);
}
