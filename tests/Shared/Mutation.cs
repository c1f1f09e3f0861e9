using System.Buffers.Binary;

namespace Egress.Tests;

/// <summary>Damages bytes.</summary>
internal static class Mutation
{
    private static readonly long[] s_numbers =
    [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, 100_000_000, 100_000_001, int.MaxValue, int.MinValue, uint.MaxValue,
        1L << 32, 1L << 53, 1L << 62, long.MaxValue, long.MinValue, long.MaxValue / 4, long.MaxValue / 8,
    ];

    /// <summary>Some changes, one after the other.</summary>
    public static byte[] Of(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (var changes = 1 + random.Next(random.Next(8) == 0 ? 16 : 3); changes > 0 && bytes.Count > 0; changes--)
        {
            Change(bytes, random);
        }

        return [.. bytes];
    }

    private static void Change(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        var length = Math.Min(1 + random.Next(random.Next(4) == 0 ? 64 : 8), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                Write(bytes, at, s_numbers[random.Next(s_numbers.Length)], random.Next(2) == 0 ? 4 : 8);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5:
                // A part of the file over another one.
                var target = random.Next(bytes.Count - length + 1);
                var part = bytes.GetRange(at, length);
                for (var i = 0; i < length; i++)
                {
                    bytes[target + i] = part[i];
                }

                break;
            case 6:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 7:
                // Digits are what headers of text count with.
                var digit = bytes.FindIndex(at, value => value is >= (byte)'0' and <= (byte)'9');
                if (digit >= 0)
                {
                    bytes.RemoveAt(digit);
                    bytes.InsertRange(digit, System.Text.Encoding.ASCII.GetBytes(s_numbers[random.Next(s_numbers.Length)].ToString(System.Globalization.CultureInfo.InvariantCulture)));
                }

                break;
            default:
                var more = new byte[length];
                random.NextBytes(more);
                bytes.InsertRange(at, more);
                break;
        }
    }

    private static void Write(List<byte> bytes, int at, long number, int size)
    {
        Span<byte> written = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(written, number);
        for (var i = 0; i < size && at + i < bytes.Count; i++)
        {
            bytes[at + i] = written[i];
        }
    }
}
