using Egress.Buffers;
using Egress.Devices;

namespace Egress.Measurement.Sweeps;

/// <summary>
/// Keeps host buffers between configurations: pinning those of one can take longer than measuring it. A buffer that some
/// configurations in a row had no use for goes, and all go when memory is short.
/// </summary>
internal sealed class HostBlockShelf : IDisposable
{
    /// <summary>So many a buffer is kept idle: the strategies of a sweep that use no pool lie between those that do.</summary>
    private const int IdleConfigurations = 8;

    /// <summary>A larger buffer would hold memory that the configuration is not to take.</summary>
    private const int LargestExcess = 4;

    private readonly Lock _lock = new();
    private readonly List<Kept> _free = [];
    private int _configuration;

    public HostBlockShelf() => HostMemory.Short += Clear;

    /// <summary>Buffers that nobody uses now.</summary>
    public int FreeCount
    {
        get
        {
            lock (_lock)
            {
                return _free.Count;
            }
        }
    }

    /// <summary>A buffer of a device: one that is kept, or a new one. Disposing it puts it back here.</summary>
    public HostBlock Allocate(IDevice device, long bytes, HostMemoryKind kind)
    {
        if (kind == HostMemoryKind.Fresh)
        {
            return device.AllocateHost(bytes, kind);
        }

        var block = Take(device.Name, bytes, kind) ?? device.AllocateHost(bytes, kind);
        return HostBlock.Lend(block, bytes, () => Return(new Kept(block, device.Name, kind, _configuration)));
    }

    /// <summary>A configuration has ended: what was idle for too long goes.</summary>
    public void EndConfiguration()
    {
        _configuration++;
        RemoveWhere(kept => kept.LastUse < _configuration - IdleConfigurations);
    }

    /// <summary>Gives all buffers back that nobody uses.</summary>
    public void Clear() => RemoveWhere(_ => true);

    /// <inheritdoc/>
    public void Dispose()
    {
        HostMemory.Short -= Clear;
        Clear();
    }

    private HostBlock? Take(string device, long bytes, HostMemoryKind kind)
    {
        lock (_lock)
        {
            var best = _free
                .Where(kept => kept.Kind == kind && kept.Device == device && kept.Block.Bytes >= bytes && kept.Block.Bytes / LargestExcess <= bytes)
                .MinBy(kept => kept.Block.Bytes);
            if (best is not null)
            {
                _free.Remove(best);
            }

            return best?.Block;
        }
    }

    private void Return(Kept kept)
    {
        lock (_lock)
        {
            _free.Add(kept);
        }
    }

    private void RemoveWhere(Predicate<Kept> condition)
    {
        lock (_lock)
        {
            _free.FindAll(condition).ForEach(kept => kept.Block.Dispose());
            _free.RemoveAll(condition);
        }
    }

    private sealed record Kept(HostBlock Block, string Device, HostMemoryKind Kind, int LastUse);
}
