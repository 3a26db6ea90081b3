import type { ErrorComponentProps } from '@tanstack/react-router';
import { Problem } from '../parts/problem.tsx';
import * as text from '../texts/messages.js';

/** Instead of a page that failed. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  return (
    <main className="mx-auto max-w-3xl p-6">
      <h1>{text.failed_title()}</h1>
      <Problem error={error} retry={reset} />
    </main>
  );
}

export function NoPage() {
  return (
    <main className="mx-auto max-w-3xl p-6">
      <h1>{text.no_page_title()}</h1>
      <p className="mt-2">
        {text.no_page_why()} <a href="/">{text.nav_overview()}</a>
      </p>
    </main>
  );
}
