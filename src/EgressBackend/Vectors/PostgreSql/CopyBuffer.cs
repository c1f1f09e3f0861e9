using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>
/// Makes rows in the binary format of <c>COPY</c>, all numbers in network order. The format of files and arrays is PostgreSQL's (its manual,
/// COPY, and <c>array_recv</c>), that of vectors pgvector's (<c>vector_recv</c> and <c>halfvec_recv</c> in its sources: the number of
/// elements and a zero, both of 16 bits, and the elements).
/// </summary>
/// <param name="schema">The table's columns.</param>
/// <param name="layout">How the vectors lie in memory.</param>
internal sealed class CopyBuffer(PostgreSqlSchema schema, VectorLayout layout)
{
    private const int RealType = 700;
    private const int SmallIntType = 21;

    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 16);
    private readonly float[] _elements = new float[layout.Dimension];

    /// <summary>What was made since the last <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>Forgets what was made.</summary>
    public void Clear() => _bytes.ResetWrittenCount();

    /// <summary>What stands before all rows.</summary>
    public void Begin()
    {
        _bytes.Write<byte>([.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8]);
        Int32(0);
        Int32(0);
    }

    /// <summary>A row.</summary>
    public void Add(VectorRow row)
    {
        Int16((short)(schema.HasScale ? 5 : 4));
        Text(row.Id);
        Int32(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), row.TextHash);
        Vectors(row);
        if (schema.HasScale)
        {
            Scales(row);
        }

        if (row.Text is { } text)
        {
            // PostgreSQL's texts hold no zero.
            Text(text.Replace('\0', '\uFFFD'));
        }
        else
        {
            Int32(-1);
        }
    }

    /// <summary>What stands behind all rows.</summary>
    public void End() => Int16(-1);

    private void Vectors(VectorRow row)
    {
        switch (schema.Type)
        {
            case PostgreSqlVectorType.Vector:
                Int32(sizeof(int) + (layout.Dimension * sizeof(float)));
                VectorHeader();
                Reals(Elements(row, 0));
                break;
            case PostgreSqlVectorType.HalfVector:
                Int32(sizeof(int) + (layout.Dimension * sizeof(ushort)));
                VectorHeader();
                Halves(row);
                break;
            default:
                Array(row);
                break;
        }
    }

    private void VectorHeader()
    {
        Int16((short)layout.Dimension);
        Int16(0);
    }

    private void Reals(ReadOnlySpan<float> elements) =>
        BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(elements), MemoryMarshal.Cast<byte, int>(Take(elements.Length * sizeof(float))));

    private void Halves(VectorRow row)
    {
        var elements = MemoryMarshal.Cast<byte, ushort>(row.Data.Span[..layout.VectorBytes]);
        BinaryPrimitives.ReverseEndianness(elements, MemoryMarshal.Cast<byte, ushort>(Take(elements.Length * sizeof(ushort))));
    }

    /// <summary>An array of a row's elements: of one dimension, or with a vector a token of two.</summary>
    private void Array(VectorRow row)
    {
        var isInteger = schema.Type == PostgreSqlVectorType.SmallInts;
        var elementBytes = isInteger ? sizeof(short) : sizeof(float);
        var type = isInteger ? SmallIntType : RealType;
        if (row.VectorCount == 0)
        {
            ArrayHeader(type, elementBytes, []);
            return;
        }

        ArrayHeader(type, elementBytes, layout.IsTokenLevel ? [row.VectorCount, layout.Dimension] : [layout.Dimension]);
        for (var vector = 0; vector < row.VectorCount; vector++)
        {
            if (isInteger)
            {
                Integers(row.Data.Span.Slice(vector * layout.VectorBytes, layout.Dimension));
            }
            else
            {
                ArrayOfReals(Elements(row, vector));
            }
        }
    }

    private void Scales(VectorRow row)
    {
        if (!layout.IsTokenLevel)
        {
            Int32(sizeof(float));
            Reals([VectorElements.Scale(layout, row.Data.Span)]);
            return;
        }

        ArrayHeader(RealType, sizeof(float), row.VectorCount == 0 ? [] : [row.VectorCount]);
        for (var vector = 0; vector < row.VectorCount; vector++)
        {
            ArrayOfReals([VectorElements.Scale(layout, row.Data.Span.Slice(vector * layout.VectorBytes, layout.VectorBytes))]);
        }
    }

    /// <summary>The length of an array in bytes, then what it is: dimensions, no nulls, the elements' type, and each dimension's length and first index.</summary>
    private void ArrayHeader(int type, int elementBytes, ReadOnlySpan<int> lengths)
    {
        var count = lengths.IsEmpty ? 0 : 1;
        foreach (var length in lengths)
        {
            count = checked(count * length);
        }

        Int32(checked((3 * sizeof(int)) + (lengths.Length * 2 * sizeof(int)) + (count * (sizeof(int) + elementBytes))));
        Int32(lengths.Length);
        Int32(0);
        Int32(type);
        foreach (var length in lengths)
        {
            Int32(length);
            Int32(1);
        }
    }

    private void ArrayOfReals(ReadOnlySpan<float> elements)
    {
        var target = Take(elements.Length * 2 * sizeof(int));
        for (var i = 0; i < elements.Length; i++, target = target[(2 * sizeof(int))..])
        {
            BinaryPrimitives.WriteInt32BigEndian(target, sizeof(float));
            BinaryPrimitives.WriteSingleBigEndian(target[sizeof(int)..], elements[i]);
        }
    }

    private void Integers(ReadOnlySpan<byte> elements)
    {
        const int Bytes = sizeof(int) + sizeof(short);
        var target = Take(elements.Length * Bytes);
        for (var i = 0; i < elements.Length; i++, target = target[Bytes..])
        {
            BinaryPrimitives.WriteInt32BigEndian(target, sizeof(short));
            BinaryPrimitives.WriteInt16BigEndian(target[sizeof(int)..], (sbyte)elements[i]);
        }
    }

    private ReadOnlySpan<float> Elements(VectorRow row, int vector)
    {
        VectorElements.Read(layout, row.Data.Span.Slice(vector * layout.VectorBytes, layout.VectorBytes), _elements);
        return _elements;
    }

    private void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Int32(length);
        Encoding.UTF8.GetBytes(text, Take(length));
    }

    private void Int16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), value);

    private void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), value);

    /// <summary>The next bytes, to be written.</summary>
    private Span<byte> Take(int count)
    {
        var span = _bytes.GetSpan(Math.Max(1, count))[..count];
        _bytes.Advance(count);
        return span;
    }
}
