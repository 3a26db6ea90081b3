import { useEffect, useRef, useState } from 'react';

const QUIET_MS = 300;

/**
 * What somebody types, kept once they pause; another value from outside (back, forward) takes its place.
 * @param kept as it was kept last
 */
export function useDraft<Form>(kept: Form, keep: (form: Form) => void): [Form, (form: Form) => void] {
  const [draft, setDraft] = useState(kept);
  const text = JSON.stringify(kept);
  const told = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (told.current === text) return;
    told.current = text;
    clearTimeout(timer.current);
    setDraft(JSON.parse(text));
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    draft,
    (form) => {
      setDraft(form);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        told.current = JSON.stringify(form);
        keep(form);
      }, QUIET_MS);
    },
  ];
}
