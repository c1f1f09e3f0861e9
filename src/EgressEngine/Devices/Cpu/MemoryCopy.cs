namespace Egress.Devices.Cpu;

/// <summary>Copies between addresses, of any size, with both ends checked.</summary>
internal static class MemoryCopy
{
    /// <summary>Copies bytes; both blocks must hold as many.</summary>
    public static unsafe void Copy(nint source, long sourceBytes, nint destination, long destinationBytes, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, sourceBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, destinationBytes);
        Buffer.MemoryCopy((void*)source, (void*)destination, destinationBytes, bytes);
    }
}
