/** Names as they are compared, and those that many hosts have. */

/** Lower case, without the final dot of DNS. */
export const normalName = (name: string): string => name.trim().toLowerCase().replace(/\.+$/, '');

/** What devices are called until somebody names them. */
const GENERIC =
  /^(localhost|raspberrypi|ubuntu|debian|kali|openwrt|router|printer|android|iphone|ipad|macbook(-?(pro|air))?|unknown|host|server|workgroup|android-[0-9a-f]+|desktop-[0-9a-z]+|laptop-[0-9a-z]+|win-[0-9a-z]+|(.*-)?(iphone|ipad)(-\d+)?)(\.(local|lan|home|localdomain))?$/;

/** True of a name that tells no host alone: it needs a second mark. */
export const isGeneric = (name: string): boolean => GENERIC.test(normalName(name));
