using Egress.Runtime;

namespace Egress.Buffers;

/// <summary>Makes a large range of pages resident, on several threads where the range is worth it.</summary>
internal static class HostPages
{
    // Making a page resident means clearing it, at the speed at which one core writes memory. Some cores together are faster;
    // beyond a few the memory is the limit.
    private const int MostThreads = 8;

    // What one core clears in some ten milliseconds; less is not worth a thread.
    private const nint LeastSlice = 128 << 20;

    private const nint HugePage = 2 << 20;

    /// <summary>Makes all pages of the range resident. Returns 0, or the system's error.</summary>
    public static int Populate(nint address, nint length)
    {
        var slices = SliceCount(length, Environment.ProcessorCount);
        if (slices == 1)
        {
            return Libc.Populate(address, length);
        }

        var failure = 0;
        Parallel.For(0, slices, new ParallelOptions { MaxDegreeOfParallelism = slices }, index =>
        {
            var (start, end) = Slice(address, length, slices, index);
            if (Libc.Populate(start, end - start) is not 0 and var error)
            {
                Interlocked.CompareExchange(ref failure, error, 0);
            }
        });
        return failure;
    }

    /// <summary>How many slices a range of this length is populated in.</summary>
    internal static int SliceCount(nint length, int processors) =>
        (int)Math.Clamp(length / LeastSlice, 1, Math.Min(processors, MostThreads));

    /// <summary>
    /// One of the slices: together they are the range, and they meet at the bounds of huge pages, so that no two threads work on
    /// the same one.
    /// </summary>
    internal static (nint Start, nint End) Slice(nint address, nint length, int count, int index)
    {
        return (Bound(index), Bound(index + 1));

        nint Bound(int at) => at == 0 ? address
            : at == count ? address + length
            : (address + (length / count * at) + HugePage - 1) / HugePage * HugePage;
    }
}
