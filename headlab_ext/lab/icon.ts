import { LabIcon } from '@jupyterlab/ui-components';

// A map of heads with one of them picked out; the classes follow JupyterLab's themes.
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <rect x="3" y="3" width="5" height="5" rx="1"/>
    <rect x="9.5" y="3" width="5" height="5" rx="1" opacity=".45"/>
    <rect x="16" y="3" width="5" height="5" rx="1" opacity=".7"/>
    <rect x="3" y="9.5" width="5" height="5" rx="1" opacity=".45"/>
    <rect x="16" y="9.5" width="5" height="5" rx="1" opacity=".45"/>
    <rect x="3" y="16" width="5" height="5" rx="1" opacity=".7"/>
    <rect x="9.5" y="16" width="5" height="5" rx="1" opacity=".45"/>
    <rect x="16" y="16" width="5" height="5" rx="1"/>
  </g>
  <rect class="jp-icon-brand1 jp-icon-selectable" fill="#1976d2" x="8.5" y="8.5" width="7" height="7" rx="1.5"/>
</svg>`;

export const headlabIcon = new LabIcon({ name: 'headlab:heads', svgstr: SVG });
