using System.Buffers.Binary;

namespace Egress.Models.Archives;

/// <summary>Sizes and place of a file in an archive, which its directory gives in 32 bits or, beyond those, in a field of its own.</summary>
internal ref struct ArchiveSizes(uint stored, uint bytes, uint offset)
{
    private const ushort LargeField = 1;

    /// <summary>Bytes of the archive that the file takes.</summary>
    public long Stored { get; private set; } = stored;

    /// <summary>Bytes that the file has.</summary>
    public long Bytes { get; private set; } = bytes;

    /// <summary>Where the file's header begins.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>Takes those values that do not fit 32 bits from the directory's extra fields.</summary>
    public void TakeLarge(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            var id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            if (id == LargeField)
            {
                var field = extra.Slice(4, length);
                Bytes = Take(Bytes, ref field);
                Stored = Take(Stored, ref field);
                Offset = Take(Offset, ref field);
                return;
            }

            extra = extra[(4 + length)..];
        }
    }

    private static long Take(long value, ref ReadOnlySpan<byte> field)
    {
        if (value != uint.MaxValue || field.Length < sizeof(long))
        {
            return value;
        }

        var large = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[sizeof(long)..];
        return large;
    }
}
