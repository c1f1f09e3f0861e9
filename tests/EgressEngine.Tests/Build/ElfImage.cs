using System.Buffers.Binary;
using System.Text;

namespace Egress.Tests.Build;

/// <summary>
/// A shared library of just the parts that symbol versions are in: names, symbols, the version of each symbol, and the versions
/// that it needs of other libraries.
/// </summary>
internal sealed class ElfImage
{
    private readonly List<(string Library, (string Version, ushort Index)[] Versions)> _needs = [];
    private readonly List<(string Name, ushort Version)> _symbols = [];

    /// <summary>Needs these versions of a library; a version's index is what its symbols refer to.</summary>
    public ElfImage Needs(string library, params (string Version, ushort Index)[] versions)
    {
        _needs.Add((library, versions));
        return this;
    }

    /// <summary>Takes a symbol from the version with this index.</summary>
    public ElfImage Takes(string symbol, ushort version)
    {
        _symbols.Add((symbol, version));
        return this;
    }

    /// <summary>The file's bytes, section headers last.</summary>
    public byte[] ToBytes()
    {
        var names = new List<byte> { 0 };
        var needs = WriteNeeds(names);
        var symbols = new byte[24 * (_symbols.Count + 1)];
        var versions = new byte[2 * (_symbols.Count + 1)];
        for (var index = 0; index < _symbols.Count; index++)
        {
            U32(symbols, 24 * (index + 1), AddName(names, _symbols[index].Name));
            U16(versions, 2 * (index + 1), _symbols[index].Version);
        }

        (uint Type, byte[] Content, uint Link)[] sections =
        [
            (0, [], 0), (3, [.. names], 0), (11, symbols, 1), (0x6fffffff, versions, 2), (0x6ffffffe, needs, 1),
        ];

        var body = new List<byte>(new byte[64]);
        var headers = new List<byte>();
        foreach (var (type, content, link) in sections)
        {
            var header = new byte[64];
            U32(header, 4, type);
            U64(header, 24, (ulong)body.Count);
            U64(header, 32, (ulong)content.Length);
            U32(header, 40, link);
            headers.AddRange(header);
            body.AddRange(content);
        }

        var image = body.Concat(headers).ToArray();
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(image);
        U64(image, 0x28, (ulong)body.Count);
        U16(image, 0x3a, 64);
        U16(image, 0x3c, (ushort)sections.Length);
        return image;
    }

    private byte[] WriteNeeds(List<byte> names)
    {
        var content = new List<byte>();
        for (var library = 0; library < _needs.Count; library++)
        {
            var (name, versions) = _needs[library];
            var header = new byte[16];
            U16(header, 0, 1);
            U16(header, 2, (ushort)versions.Length);
            U32(header, 4, AddName(names, name));
            U32(header, 8, 16);
            U32(header, 12, library == _needs.Count - 1 ? 0 : (uint)(16 * (versions.Length + 1)));
            content.AddRange(header);
            for (var index = 0; index < versions.Length; index++)
            {
                var need = new byte[16];
                U16(need, 6, versions[index].Index);
                U32(need, 8, AddName(names, versions[index].Version));
                U32(need, 12, index == versions.Length - 1 ? 0 : 16u);
                content.AddRange(need);
            }
        }

        return [.. content];
    }

    private static uint AddName(List<byte> names, string name)
    {
        var offset = (uint)names.Count;
        names.AddRange(Encoding.UTF8.GetBytes(name + '\0'));
        return offset;
    }

    private static void U16(byte[] bytes, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);

    private static void U32(byte[] bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);

    private static void U64(byte[] bytes, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);
}
