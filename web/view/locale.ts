/** The runtime of the texts for a page that the chat tells its language: a tenth of the one that finds it out by itself. */
export type Locale = 'en' | 'zh-CN' | 'es';

let spoken: Locale = 'en';

export const getLocale = (): Locale => spoken;
/** @param locale as the chat says it, such as `zh-TW` or `es-MX` */
export function speak(locale: string): void {
  const [language] = locale.toLowerCase().split('-');
  spoken = language === 'zh' ? 'zh-CN' : language === 'es' ? 'es' : 'en';
}

type Text<Inputs> = (inputs: Inputs) => string;

/**
 * A text in the language of the chat (vite.config.ts has the texts call it).
 * @public
 */
export function say<Inputs>(inputs: Inputs, en: Text<Inputs>, zh: Text<Inputs>, es: Text<Inputs>): string {
  return { en, 'zh-CN': zh, es }[spoken](inputs);
}
