/** nmap's report and its normal output, inside the private folder of a run: together the log that survives us. */
export const REPORT_FILE = 'scan.xml';
export const OUTPUT_FILE = 'stdout.txt';
