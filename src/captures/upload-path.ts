/** Uploaded captures as those see them who read captures. */
export interface UploadSettings {
  folder: string;
  /** Largest one, and all of them together, in MiB. */
  maxMb: number;
  maxTotalMb: number;
  keepDays: number;
}

/** What the path of an uploaded capture begins with. */
export const UPLOAD = 'upload:';
