using Egress.Input;

namespace Egress.Segmentation.Tiles;

/// <summary>
/// The pixels of one picture's tiles. Rows are decoded as tiles ask for them and kept only as long as one of two rows of tiles needs them: a tile
/// of the row after waits until the first is done with. Loaders call it in about the order of the tiles.
/// </summary>
/// <param name="grid">The tiles.</param>
/// <param name="open">Opens the picture; called once, by the first loader that asks for a tile.</param>
internal sealed class TileSource(TileGrid grid, Func<IPictureRows> open) : IDisposable
{
    private const int Bands = 3;
    private readonly object _lock = new();
    private readonly int[] _pending = [.. Enumerable.Repeat(grid.Columns.Count, grid.Rows.Count)];
    private IPictureRows? _rows;
    private byte[] _ring = [];
    private int _capacity;
    private int _decoded;
    private int _finished;
    private ItemException? _failure;
    private bool _disposed;

    /// <summary>Whether the picture has turned out bad.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null;

    private int RowBytes => checked(grid.Columns.Length * Bands);

    /// <summary>Bytes of the rows that are kept at most.</summary>
    public long Bytes => (long)Capacity * RowBytes;

    // Two rows of tiles: the one that loaders finish and the one that they begin.
    private int Capacity => (int)Math.Min(grid.Rows.Length, (long)grid.Rows.End(0) + grid.TileSize);

    /// <summary>Copies a tile's pixels; beyond the picture's edge its last pixels are repeated.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="slot">Receives <c>[side, side, 3]</c> bytes.</param>
    /// <param name="cancellationToken">Cancelled when the run ends early.</param>
    /// <exception cref="ItemException">The picture is bad; every later tile has the same error.</exception>
    public void CopyTile(int tile, Span<byte> slot, CancellationToken cancellationToken)
    {
        var (tileRow, tileColumn) = Math.DivRem(tile, grid.Columns.Count);
        lock (_lock)
        {
            try
            {
                // Loaders take tiles in order, so each of the rows of tiles before the last is being copied now, or was. All of
                // them count: a loader may still be about to copy one of an earlier row when those of a later one are done.
                while (_failure is null && _finished < tileRow - 1)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Monitor.Wait(_lock, 50);
                }

                if (_failure is not null)
                {
                    throw _failure;
                }

                Decode(grid.Rows.End(tileRow), cancellationToken);
                Copy(tileRow, tileColumn, slot);
            }
            catch (ItemException error)
            {
                _failure = error;
                throw;
            }
            finally
            {
                _pending[tileRow]--;
                Finish();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _rows?.Dispose();
            _rows = null;
            _ring = [];
        }
    }

    /// <summary>Counts the rows of tiles from the top that are done with.</summary>
    private void Finish()
    {
        var before = _finished;
        while (_finished < _pending.Length && _pending[_finished] == 0)
        {
            _finished++;
        }

        if (_finished > before)
        {
            Monitor.PulseAll(_lock);
        }
    }

    private void Decode(int end, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_rows is null)
        {
            _rows = open();
            _capacity = Capacity;
            _ring = GC.AllocateUninitializedArray<byte>(checked(_capacity * RowBytes));
        }

        while (_decoded < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var at = _decoded % _capacity;
            var count = Math.Min(end - _decoded, _capacity - at);
            _rows.Read(_ring.AsSpan(at * RowBytes, count * RowBytes));
            _decoded += count;
            if (_decoded == grid.Rows.Length)
            {
                _rows.Dispose();
            }
        }
    }

    private void Copy(int tileRow, int tileColumn, Span<byte> slot)
    {
        var start = grid.Rows.Start(tileRow);
        var left = grid.Columns.Start(tileColumn) * Bands;
        var bytes = (grid.Columns.End(tileColumn) * Bands) - left;
        var rowBytes = grid.TileSize * Bands;
        for (var y = 0; y < grid.TileSize; y++)
        {
            var source = Math.Min(start + y, grid.Rows.Length - 1) % _capacity;
            var row = slot.Slice(y * rowBytes, rowBytes);
            _ring.AsSpan((source * RowBytes) + left, bytes).CopyTo(row);
            for (var x = bytes; x < rowBytes; x++)
            {
                row[x] = row[x - Bands];
            }
        }
    }
}
