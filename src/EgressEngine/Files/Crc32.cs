namespace Egress.Files;

/// <summary>The CRC of PNG chunks (ISO 3309, polynomial 0xEDB88320 reflected). They are short: a byte at a time is enough.</summary>
internal static class Crc32
{
    /// <summary>The register's start value; the result is inverted with it.</summary>
    public const uint Start = 0xFFFF_FFFF;

    private static readonly uint[] s_table = [.. Enumerable.Range(0, 256).Select(Entry)];

    /// <summary>Takes more bytes into the register.</summary>
    public static uint Append(uint register, ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
        {
            register = s_table[(byte)(register ^ value)] ^ (register >> 8);
        }

        return register;
    }

    private static uint Entry(int index)
    {
        var value = (uint)index;
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) != 0 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1;
        }

        return value;
    }
}
