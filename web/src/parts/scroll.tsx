import type { ReactNode } from 'react';

/** What is wider than its place scrolls by itself, and keys reach it (WCAG 2.2, 2.1.1). */
export function Scroll({
  label,
  children,
  className = '',
}: {
  label: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    // Relative: what is only for screen readers scrolls along, and does not widen the page.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls it by keys
    <section tabIndex={0} aria-label={label} className={`sheet relative overflow-x-auto ${className}`}>
      {children}
    </section>
  );
}
