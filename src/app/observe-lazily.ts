/**
 * Stands for what watches over Portolan (observation.ts) until somebody has something to tell it: loading it takes time
 * that the first answer has not. What is told meanwhile arrives in order.
 */

import type { BreakerListener } from '../core/breaker.ts';
import type { ScanObserver } from '../scans/observer.ts';
import type { CallObserver } from '../tools/call/call-tool.ts';
import type { InventoryObserver, Observation } from './observation.ts';

export interface Observing {
  calls: CallObserver;
  scans: ScanObserver;
  inventory: InventoryObserver;
  breakers: BreakerListener;
  /** The configuration has changed. */
  reconfigured(): void;
  /** Loads it. */
  open(): Promise<Observation>;
  /** Closes it if it was ever loaded. */
  close(): Promise<void>;
}

export function observeLazily(
  create: () => Promise<Observation>,
  onDefect: (error: unknown) => void,
): Observing {
  let opening: Promise<Observation> | undefined;
  let opened: Observation | undefined;
  const open = () => {
    opening ??= create().then((observation) => {
      opened = observation;
      return observation;
    });
    return opening;
  };
  const tell = (words: (to: Observation) => void): void => {
    try {
      if (opened) words(opened);
      else open().then(words).catch(onDefect);
    } catch (error) {
      onDefect(error);
    }
  };
  return {
    open,
    // Loaded later it reads the new one anyway.
    reconfigured: () => opened?.reconfigured(),
    calls: {
      started: (call) => tell((to) => to.calls.started(call)),
      admitted: (call) => tell((to) => to.calls.admitted(call)),
      left: (call) => tell((to) => to.calls.left(call)),
      ended: (call, outcome, seconds) => tell((to) => to.calls.ended(call, outcome, seconds)),
    },
    inventory: {
      changed: (event) => tell((to) => to.inventory.changed(event)),
      closed: (incident, site) => tell((to) => to.inventory.closed(incident, site)),
    },
    scans: {
      changed: (task) => tell((to) => to.scans.changed(task)),
      ran: (task, run) => tell((to) => to.scans.ran(task, run)),
      host: (task, host) => tell((to) => to.scans.host(task, host)),
      openPort: (task, found) => tell((to) => to.scans.openPort(task, found)),
      progress: (task, progress) => tell((to) => to.scans.progress(task, progress)),
    },
    breakers: {
      transition: (name, from, to) => tell((told) => told.breakers.transition(name, from, to)),
      call: (name, result) => tell((told) => told.breakers.call(name, result)),
    },
    close: async () => {
      // What has just been told is heard first.
      await opening?.then((observation) => observation.close()).catch(onDefect);
    },
  };
}
