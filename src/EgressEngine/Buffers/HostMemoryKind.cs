namespace Egress.Buffers;

/// <summary>What a block of host memory is to a copy engine.</summary>
public enum HostMemoryKind
{
    /// <summary>Just allocated, its pages not touched yet: what <c>output.cpu()</c> copies into.</summary>
    Fresh,

    /// <summary>Pageable memory whose pages are resident.</summary>
    Pageable,

    /// <summary>Page-locked and known to the CUDA driver: the copy engine reads and writes it directly.</summary>
    Pinned,
}
