using System.Runtime.InteropServices;
using NetVips;
using Vips = NetVips.NetVips;

namespace Egress.Backend.Pictures;

/// <summary>
/// Computes rows of a picture straight into memory of ours. NetVips gives them as an array, which for a run of pictures is a
/// gigabyte of garbage a thousand.
/// </summary>
internal static partial class VipsRegionPixels
{
    /// <summary>Computes whole rows on the calling thread.</summary>
    /// <param name="region">A region of the picture.</param>
    /// <param name="top">The first row.</param>
    /// <param name="width">The width of the picture in pixels.</param>
    /// <param name="rows">How many.</param>
    /// <param name="destination">Takes exactly these rows.</param>
    /// <exception cref="VipsException">The picture is damaged.</exception>
    public static unsafe void Copy(Region region, int top, int width, int rows, Span<byte> destination)
    {
        var pixels = Fetch(region.DangerousGetHandle(), 0, top, width, rows, out var bytes);
        GC.KeepAlive(region);
        if (pixels == 0)
        {
            throw new VipsException("unable to fetch from region");
        }

        try
        {
            if (bytes != (nuint)destination.Length)
            {
                throw new InvalidOperationException($"libvips made {bytes} bytes instead of {destination.Length}.");
            }

            new ReadOnlySpan<byte>((void*)pixels, destination.Length).CopyTo(destination);
        }
        finally
        {
            Vips.Free(pixels);
        }
    }

    [LibraryImport("libvips.so.42", EntryPoint = "vips_region_fetch")]
    private static partial nint Fetch(nint region, int left, int top, int width, int height, out nuint bytes);
}
