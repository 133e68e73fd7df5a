/** A float32 buffer as rows, with null where there is no value. */
export function matrix(buffer: DataView, rows: number, columns: number): (number | null)[][] {
  const cell = (row: number, column: number) => {
    const value = buffer.getFloat32(4 * (row * columns + column), true);
    return Number.isNaN(value) ? null : value;
  };
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cell(row, column))
  );
}
