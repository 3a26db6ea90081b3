/** `react-dom/client` for Preact without its layer of compatibility, which is half its size. */
import { type ComponentChild, render } from 'preact';

export function createRoot(place: Element) {
  return {
    render: (page: ComponentChild) => render(page, place),
    unmount: () => render(null, place),
  };
}
