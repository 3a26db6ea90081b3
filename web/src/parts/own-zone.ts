/** The time zone of whoever sits here: who fills in a clock means the one on their wall. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
