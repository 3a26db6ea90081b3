/** The view in the chat: shows what a tool answered, as the chat hands it on. */
import { createRoot } from 'react-dom/client';
import { screenOf } from './answers.ts';
import { type Context, connect } from './host.ts';
import { getLocale } from './locale.ts';
import { takeOver } from './surroundings.ts';
import { View } from './view.tsx';

const page = document.getElementById('view');
if (page === null) throw new Error('view.html has no #view');
const root = createRoot(page);

let context: Context = {};
let asked: Record<string, unknown> = {};
let show = () => {};

takeOver(context);
const host = await connect(window.parent, {
  context(changed) {
    context = { ...context, ...changed };
    takeOver(context);
    show();
  },
  asked(args) {
    asked = args;
  },
  told(answer) {
    const first = { screen: screenOf(answer), asked };
    // A new answer is a new page, whatever was opened in the one before.
    const turn = crypto.randomUUID();
    show = () => root.render(<View key={`${turn} ${getLocale()}`} host={host} first={first} />);
    show();
  },
  end: () => root.unmount(),
});
new ResizeObserver(() =>
  host.tellHeight(Math.ceil(document.documentElement.getBoundingClientRect().height)),
).observe(document.documentElement);
