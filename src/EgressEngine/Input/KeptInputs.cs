using System.Collections.Concurrent;
using Egress.Buffers;

namespace Egress.Input;

/// <summary>
/// Inputs in the form in which loaders hand them on, kept so that whoever needs one again copies it. It takes no more than a quarter
/// of the memory that is free when it is made.
/// </summary>
public sealed class KeptInputs
{
    private readonly ConcurrentDictionary<(string Name, int Bytes), Kept> _inputs = new();
    private readonly long _maximumBytes = (HostMemory.AvailableBytes() ?? long.MaxValue) / 4;
    private long _bytes;

    /// <summary>Copies an input that is kept.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="slot">Receives it.</param>
    /// <param name="picture">What was learned of it when it was loaded.</param>
    /// <returns>Whether it is kept.</returns>
    public bool TryCopy(string name, Span<byte> slot, out PictureInfo picture)
    {
        var found = _inputs.TryGetValue((name, slot.Length), out var kept);
        picture = found ? kept!.Picture : default;
        if (found)
        {
            kept!.Bytes.CopyTo(slot);
        }

        return found;
    }

    /// <summary>Keeps an input, where there is room.</summary>
    public void Add(string name, ReadOnlySpan<byte> slot, PictureInfo picture)
    {
        if (Interlocked.Add(ref _bytes, slot.Length) > _maximumBytes || !_inputs.TryAdd((name, slot.Length), new Kept(slot.ToArray(), picture)))
        {
            Interlocked.Add(ref _bytes, -slot.Length);
        }
    }

    private sealed record Kept(byte[] Bytes, PictureInfo Picture);
}
