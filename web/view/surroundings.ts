/** The looks and the language of the chat, taken over by the page. */
import type { Context } from './host.ts';
import { getLocale, speak } from './locale.ts';

/** Names of CSS variables that the specification has; anything else is none of the chat's business. */
const VARIABLE = /^--(color|font|border|shadow)-[a-z0-9-]{1,60}$/;

export function takeOver({ theme, locale, styles, safeAreaInsets }: Context): void {
  const { documentElement: root, body } = document;
  speak(locale ?? navigator.language);
  root.lang = getLocale();
  root.style.colorScheme = theme ?? 'light dark';
  for (const [name, value] of Object.entries(styles?.variables ?? {})) {
    if (VARIABLE.test(name)) root.style.setProperty(name, value ?? null);
  }
  if (safeAreaInsets) {
    const { top, right, bottom, left } = safeAreaInsets;
    body.style.padding = [top, right, bottom, left].map((side) => `${side}px`).join(' ');
  }
}
