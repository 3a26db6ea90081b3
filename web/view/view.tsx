/** Which page is shown, and the way back to those before it. */
import { useEffect, useRef, useState } from 'react';
import * as text from '../src/texts/messages.js';
import { type Screen, screenOf } from './answers.ts';
import { AssetScreen } from './asset.tsx';
import { AssetsScreen } from './assets.tsx';
import { ChangesScreen } from './changes.tsx';
import { CoverageScreen } from './coverage.tsx';
import type { Host } from './host.ts';
import { Failed, Lines } from './parts.tsx';
import { ScanScreen } from './scan.tsx';

/** An answer, and the arguments of the tool that gave it. */
interface Page {
  screen: Screen;
  asked: Record<string, unknown>;
}

export function View({ host, first }: { host: Host; first: Page }) {
  const [opened, setOpened] = useState<readonly Page[]>([]);
  const [failed, setFailed] = useState<string>();
  const page = useRef<HTMLDivElement>(null);
  const steps = useRef(0);
  useEffect(() => {
    // Not with the first page: a person who reads the chat is not to be torn away from it.
    if (steps.current > 0) page.current?.focus();
    steps.current += 1;
  }, [opened]);

  const open = async (tool: string, args: Record<string, unknown>) => {
    setFailed(undefined);
    try {
      const told = await host.call(tool, args);
      if (told.failed) setFailed(told.text);
      else setOpened([...opened, { screen: screenOf(told), asked: args }]);
    } catch (error) {
      setFailed(String(error));
    }
  };
  const openAsset = host.mayCall ? (asset: string) => void open('get_asset', { asset }) : undefined;
  const { screen, asked } = opened.at(-1) ?? first;
  return (
    <div ref={page} tabIndex={-1} key={opened.length}>
      {opened.length > 0 && (
        <button type="button" onClick={() => setOpened(opened.slice(0, -1))}>
          ← {text.view_back()}
        </button>
      )}
      <Failed says={failed} />
      <Shown
        screen={screen}
        host={host}
        asked={asked}
        openAsset={openAsset}
        openNetwork={host.mayCall ? (network: string) => void open('show_coverage', { network }) : undefined}
      />
    </div>
  );
}

interface ShownProps extends Page {
  host: Host;
  openAsset: ((asset: string) => void) | undefined;
  openNetwork: ((network: string) => void) | undefined;
}

function Shown({ screen, host, asked, openAsset, openNetwork }: ShownProps) {
  switch (screen.kind) {
    case 'changes':
      return <ChangesScreen host={host} facts={screen.facts} asked={asked} open={openAsset} />;
    case 'asset':
      return <AssetScreen host={host} facts={screen.facts} />;
    case 'assets':
      return <AssetsScreen host={host} facts={screen.facts} asked={asked} open={openAsset} />;
    case 'coverage':
      return (
        <CoverageScreen
          host={host}
          facts={screen.facts}
          asked={asked}
          open={openAsset}
          openNetwork={openNetwork}
        />
      );
    case 'scan':
      return <ScanScreen host={host} facts={screen.facts} />;
    case 'words':
      return screen.failed ? <Failed says={screen.text} /> : <Lines>{screen.text}</Lines>;
  }
}
