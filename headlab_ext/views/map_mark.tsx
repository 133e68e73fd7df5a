import * as React from 'react';
import { css, inkOn } from './colour';
import { STATE_LOOKS, type HeadState } from './head_states';

/** A state as it looks on the map. Its word stands beside it, or is its name with `alone`. */
export function MapMark(props: { state: HeadState; alone?: boolean }): React.JSX.Element {
  const look = STATE_LOOKS[props.state];
  const ink = look.colour ? inkOn(look.colour) : 'currentColor';
  return (
    <svg
      className="hl-MapMark"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      {...(props.alone ? { role: 'img', 'aria-label': look.word } : { 'aria-hidden': true })}
    >
      <rect
        className="hl-MapMark-ground"
        x="0.5"
        y="0.5"
        width="15"
        height="15"
        rx="2"
        fill={look.colour ? css(look.colour) : 'none'}
      />
      <g transform="translate(8 8) scale(0.75) translate(-8 -8)">
        {look.stroke && <path d={look.stroke} fill="none" stroke={ink} strokeWidth="2" />}
        {look.fill && <path d={look.fill} fill={ink} />}
      </g>
    </svg>
  );
}
