/** What was typed into a form: the words of a field by its name, without spaces around; empty where nothing was. */
export function formWords(fields: FormData): (name: string) => string {
  return (name) => {
    const value = fields.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
}
