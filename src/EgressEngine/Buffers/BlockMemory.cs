using System.Buffers;

namespace Egress.Buffers;

/// <summary>A part of a <see cref="HostBlock"/> as <see cref="Memory{T}"/>, for code that cannot hold a span. It owns nothing.</summary>
/// <param name="block">The block, which has to live as long as the memory is used.</param>
/// <param name="offset">The part's first byte.</param>
/// <param name="length">Bytes of the part.</param>
internal sealed class BlockMemory(HostBlock block, long offset, int length) : MemoryManager<byte>
{
    /// <inheritdoc/>
    public override Span<byte> GetSpan() => block.Span(offset, length);

    /// <inheritdoc/>
    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        return new MemoryHandle((byte*)block.Address + offset + elementIndex);
    }

    /// <summary>Does nothing: the block is outside the garbage collector and moves nowhere.</summary>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
