namespace Egress.Backend.Pictures;

/// <summary>Tells picture formats by a file's first bytes. Names and extensions mean nothing.</summary>
internal static class PictureFormat
{
    /// <summary>How many bytes <see cref="Of"/> wants to see, where a file has as many.</summary>
    public const int SignatureBytes = 12;

    /// <summary>What a file that begins like this is; null where it is none that is supported.</summary>
    public static PictureKind? Of(ReadOnlySpan<byte> start) =>
        start.StartsWith<byte>([0xFF, 0xD8, 0xFF]) ? PictureKind.Jpeg
        : start.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? PictureKind.Png
        : start.Length >= SignatureBytes && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8) ? PictureKind.WebP
        : IsTiff(start) ? PictureKind.Tiff
        : null;

    private static bool IsTiff(ReadOnlySpan<byte> start) =>
        start.StartsWith<byte>([(byte)'I', (byte)'I', 42, 0])
        || start.StartsWith<byte>([(byte)'M', (byte)'M', 0, 42])
        // BigTIFF.
        || start.StartsWith<byte>([(byte)'I', (byte)'I', 43, 0])
        || start.StartsWith<byte>([(byte)'M', (byte)'M', 0, 43]);
}

/// <summary>The formats of pictures that are decoded.</summary>
internal enum PictureKind
{
    /// <summary>JPEG.</summary>
    Jpeg,

    /// <summary>PNG.</summary>
    Png,

    /// <summary>WebP.</summary>
    WebP,

    /// <summary>TIFF and BigTIFF.</summary>
    Tiff,
}
