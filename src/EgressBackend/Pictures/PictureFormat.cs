namespace Egress.Backend.Pictures;

/// <summary>Tells picture formats by a file's first bytes. Names and extensions mean nothing.</summary>
internal static class PictureFormat
{
    /// <summary>How many bytes <see cref="IsSupported"/> wants to see, where a file has as many.</summary>
    public const int SignatureBytes = 12;

    /// <summary>Whether a file that begins like this is a JPEG, PNG, WebP or TIFF.</summary>
    public static bool IsSupported(ReadOnlySpan<byte> start) =>
        start.StartsWith<byte>([0xFF, 0xD8, 0xFF])
        || start.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])
        || (start.Length >= SignatureBytes && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8))
        || IsTiff(start);

    private static bool IsTiff(ReadOnlySpan<byte> start) =>
        start.StartsWith<byte>([(byte)'I', (byte)'I', 42, 0])
        || start.StartsWith<byte>([(byte)'M', (byte)'M', 0, 42])
        // BigTIFF.
        || start.StartsWith<byte>([(byte)'I', (byte)'I', 43, 0])
        || start.StartsWith<byte>([(byte)'M', (byte)'M', 0, 43]);
}
