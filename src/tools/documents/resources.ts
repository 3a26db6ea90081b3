/**
 * Documents that tools point to and that are too large for an answer: the whole report of a scan. A transport reads
 * them through this interface and knows nothing of how they are made.
 */
import type { Caller } from '../../core/caller.ts';
import type { Operation } from '../call/operations.ts';

export interface ResourceTemplate {
  /** RFC 6570, simple variables only: `scan://{task_id}/report.json`. */
  uriTemplate: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
  /** What reading one is: whoever may not do that is not shown the template. */
  operation: Operation;
}

/** One document that exists, for listings. */
export interface ResourceEntry {
  uri: string;
  name: string;
  title?: string;
  description?: string;
  mimeType: string;
}

export interface ResourceText {
  mimeType: string;
  text: string;
  /** Said beside the document: where the rest of it is. */
  note?: string;
}

export interface ResourceSource {
  templates: readonly ResourceTemplate[];
  /** Throws PortolanError when there is no such document for this caller (`task_not_found`, `no_result_yet`). */
  read(uri: string, caller: Caller): Promise<ResourceText>;
  /** The newest documents, bounded by the source; absent when nothing should be listed. */
  list?(caller: Caller): Promise<ResourceEntry[]> | ResourceEntry[];
  /** Values of one template variable that start with what has been typed. */
  complete?(variable: string, typed: string, caller: Caller): Promise<string[]> | string[];
}
