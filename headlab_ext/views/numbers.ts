// How numbers are written everywhere: three significant digits, a true minus, a dash for none.

export const MISSING = '–';
const MINUS = '\u2212';

type Maybe = number | null | undefined;

/** `5,120` */
export function formatCount(count: Maybe): string {
  if (!isNumber(count)) {
    return MISSING;
  }
  const digits = String(Math.abs(Math.round(count))).replace(/\B(?=(\d{3})+$)/g, ',');
  return sign(count, digits) + digits;
}

/** `0.412`, `12.3`, `−0.00120`, `5,120`, `1.20e−5`; `–` for a missing value. */
export function formatNumber(value: Maybe): string {
  if (!isNumber(value)) {
    return MISSING;
  }
  const digits = magnitude(Math.abs(value));
  return sign(value, digits) + digits;
}

/** The same with a plus where the value is above zero, for changes and effects. */
export function formatSigned(value: Maybe): string {
  return isNumber(value) && value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** `rank 3 of 5,120` */
export function formatRank(rank: Maybe, total: number): string {
  return isNumber(rank) ? `rank ${formatCount(rank)} of ${formatCount(total)}` : 'no rank';
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function formatSeconds(seconds: Maybe): string {
  if (!isNumber(seconds)) {
    return MISSING;
  }
  if (seconds < 0.1) {
    return 'under 0.1 s';
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) {
    return joinUnits(minutes, 'min', whole % 60, 's');
  }
  const rounded = Math.round(whole / 60);
  return rounded < 60
    ? `${rounded} min`
    : joinUnits(Math.floor(rounded / 60), 'h', rounded % 60, 'min');
}

export function isNumber(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function sign(value: number, digits: string): string {
  return value < 0 && /[1-9]/.test(digits) ? MINUS : '';
}

function magnitude(value: number): string {
  if (value === 0) {
    return '0';
  }
  if (value >= 1e9 || value < 1e-4) {
    const [digits, exponent] = value.toExponential(2).split('e');
    return `${digits}e${exponent.replace('+', '').replace('-', MINUS)}`;
  }
  // toPrecision turns 1234 into 1.23e+3; from 1,000 on the digits before the point are kept.
  return value >= 999.5 ? formatCount(value) : value.toPrecision(3);
}

function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
