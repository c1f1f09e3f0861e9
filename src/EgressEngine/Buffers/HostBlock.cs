using System.Runtime.InteropServices;
using Egress.Runtime;

namespace Egress.Buffers;

/// <summary>
/// A block of host memory, as a rule straight from the operating system, outside the garbage collector and of any size. Its owner
/// disposes it, and only after the last copy that touches it has ended.
/// </summary>
public sealed class HostBlock : IDisposable
{
    // Asking how much memory there is takes longer than mapping a small block, and no small block is what exhausts it.
    private const nint WorthAsking = 1 << 24;

    private readonly nint _mappedBytes;
    private readonly Action<nint>? _unpin;
    private readonly Action? _giveBack;
    private nint _address;

    private HostBlock(nint address, nint mappedBytes, long bytes, HostMemoryKind kind, Action<nint>? unpin)
    {
        _address = address;
        _mappedBytes = mappedBytes;
        _unpin = unpin;
        Bytes = bytes;
        Kind = kind;
        HostMemory.BlockAllocated(mappedBytes);
    }

    private HostBlock(HostBlock owner, long bytes, Action giveBack)
    {
        _address = owner.Address;
        _giveBack = giveBack;
        Bytes = bytes;
        Kind = owner.Kind;
    }

    /// <summary>The size that was asked for, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>What the memory is to a copy engine.</summary>
    public HostMemoryKind Kind { get; }

    /// <summary>The first byte's address, aligned to a page.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return _address;
        }
    }

    /// <summary>
    /// Allocates memory that is not pinned: <see cref="HostMemoryKind.Fresh"/> leaves its pages untouched, as <c>malloc</c> does
    /// for large sizes; <see cref="HostMemoryKind.Pageable"/> makes them resident now, in huge pages where the system has them.
    /// </summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.HostMemoryExhausted"/>.</exception>
    public static HostBlock Allocate(long bytes, HostMemoryKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfEqual((int)kind, (int)HostMemoryKind.Pinned);
        return Map(bytes, kind, prefault: kind != HostMemoryKind.Fresh, pin: null, unpin: null);
    }

    /// <summary>
    /// Allocates resident memory and pins it. Registering pages that are already resident and huge takes well under half the
    /// time of <c>cudaHostAlloc</c>, which faults them in one small page after the other.
    /// </summary>
    /// <param name="bytes">Size in bytes, at least 1.</param>
    /// <param name="pin">Pins the pages at this address and of this length, and verifies it; throws where it cannot.</param>
    /// <param name="unpin">Undoes <paramref name="pin"/> for this address, before the memory is given back.</param>
    internal static HostBlock AllocatePinned(long bytes, Action<nint, nint> pin, Action<nint> unpin)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        return Map(bytes, HostMemoryKind.Pinned, prefault: true, pin, unpin);
    }

    /// <summary>Lends the first bytes of a block, which must outlive the loan.</summary>
    /// <param name="owner">The block.</param>
    /// <param name="bytes">How many of its bytes.</param>
    /// <param name="giveBack">Called once, when the loan is disposed.</param>
    internal static HostBlock Lend(HostBlock owner, long bytes, Action giveBack)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, owner.Bytes);
        return new HostBlock(owner, bytes, giveBack);
    }

    /// <summary>Memory that belongs to somebody else, who keeps it for as long as the block is used.</summary>
    internal static HostBlock Borrow(nint address, long bytes) => new(address, 0, bytes, HostMemoryKind.Fresh, unpin: null);

    /// <summary>The bytes from <paramref name="offset"/> on, at most 2 GiB of them.</summary>
    public unsafe Span<byte> Span(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Bytes - length);
        return new Span<byte>((byte*)Address + offset, length);
    }

    /// <summary>Gives the memory back. Later calls do nothing.</summary>
    public void Dispose()
    {
        var address = Interlocked.Exchange(ref _address, 0);
        if (address == 0)
        {
            return;
        }

        if (_giveBack is not null)
        {
            _giveBack();
            return;
        }

        try
        {
            _unpin?.Invoke(address);
        }
        finally
        {
            if (_mappedBytes > 0)
            {
                _ = Libc.Unmap(address, _mappedBytes);
            }

            HostMemory.BlockFreed(_mappedBytes);
        }
    }

    private static HostBlock Map(long bytes, HostMemoryKind kind, bool prefault, Action<nint, nint>? pin, Action<nint>? unpin)
    {
        var pageSize = Environment.SystemPageSize;
        if (bytes > nint.MaxValue - pageSize)
        {
            throw HostMemory.Exhausted(bytes, Libc.OutOfMemory);
        }

        var length = (nint)((bytes + pageSize - 1) / pageSize * pageSize);
        if (length >= WorthAsking)
        {
            HostMemory.ThrowIfUnavailable(1, length);
        }

        var address = Libc.Map(length);
        if (address == -1)
        {
            throw HostMemory.Exhausted(length, Marshal.GetLastPInvokeError());
        }

        try
        {
            if (prefault)
            {
                Libc.PreferHugePages(address, length);
                if (HostPages.Populate(address, length) is not 0 and var error)
                {
                    throw HostMemory.Exhausted(length, error);
                }
            }

            pin?.Invoke(address, length);
            return new HostBlock(address, length, bytes, kind, unpin);
        }
        catch
        {
            _ = Libc.Unmap(address, length);
            throw;
        }
    }
}
