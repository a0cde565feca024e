import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { useView } from '../state/view.ts';
import { MapsPanel } from './MapsPanel.tsx';
import { RunPanel } from './RunPanel.tsx';
import { SourcePanel } from './SourcePanel.tsx';
import { StatePanel } from './StatePanel.tsx';
import { StepsPanel } from './StepsPanel.tsx';
import { WhyCard } from './WhyCard.tsx';

/** Three columns with splits that can be dragged; sizes are kept in this browser. */
export function WideLayout() {
  const workspace = useView((s) => s.workspace);
  const layout = useDefaultLayout({ id: 'xlated.columns' });
  return (
    <Group className="columns" orientation="horizontal" {...layout}>
      <Panel id="source" defaultSize="32%" minSize="15%">
        <SourcePanel />
      </Panel>
      <Separator className="separator" aria-label="Resize source" />
      <Panel id="centre" defaultSize="36%" minSize="20%">
        {workspace === 'verify' ? <StepsPanel /> : <RunPanel />}
      </Panel>
      <Separator className="separator" aria-label="Resize state" />
      <Panel id="right" defaultSize="32%" minSize="15%">
        <div className="right-column">
          <WhyCard />
          {workspace === 'verify' ? <StatePanel /> : <MapsPanel />}
        </div>
      </Panel>
    </Group>
  );
}
