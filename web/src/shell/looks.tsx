/** Language and theme. */
import { useState } from 'react';
import * as text from '../texts/messages.js';
import { getLocale, type Locale, locales, setLocale } from '../texts/runtime.js';
import { chooseTheme, chosenTheme, THEMES, type Theme } from './theme.ts';

/** Each in its own words, so that it is found by those who read no other. */
const LANGUAGES: Record<Locale, string> = { en: 'English', 'zh-CN': '简体中文', es: 'Español' };
const THEME_NAMES: Record<Theme, () => string> = {
  system: text.theme_system,
  light: text.theme_light,
  dark: text.theme_dark,
};

export function Looks() {
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <div className="grid gap-2 text-sm max-lg:grid-cols-2">
      <label className="grid gap-1">
        <span className="text-quiet">{text.language()}</span>
        <select
          className="field w-full min-w-0"
          value={getLocale()}
          onChange={({ target }) => setLocale(locales.find((one) => one === target.value) ?? 'en')}
        >
          {locales.map((locale) => (
            <option key={locale} value={locale} lang={locale}>
              {LANGUAGES[locale]}
            </option>
          ))}
        </select>
      </label>
      <label className="grid gap-1">
        <span className="text-quiet">{text.theme()}</span>
        <select
          className="field w-full min-w-0"
          value={theme}
          onChange={({ target }) => {
            const chosen = THEMES.find((one) => one === target.value) ?? 'system';
            chooseTheme(chosen);
            setTheme(chosen);
          }}
        >
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {THEME_NAMES[one]()}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
