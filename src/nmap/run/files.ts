/** nmap's report and its normal output, inside the private folder of a run: together the log that survives us. */
export const REPORT_FILE = 'scan.xml';
export const OUTPUT_FILE = 'stdout.txt';
/** Beginning of the names of folders in it, of the further runs after a lost connection. */
export const AGAIN_PREFIX = 'again-';
