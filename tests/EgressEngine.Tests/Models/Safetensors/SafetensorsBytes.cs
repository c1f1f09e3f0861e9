using System.Buffers.Binary;
using System.Text;

namespace Egress.Tests.Models.Safetensors;

/// <summary>Files as tests want them, byte by byte.</summary>
internal static class SafetensorsBytes
{
    /// <summary>Two tensors of 8 and 4 bytes of data.</summary>
    public const string TwoTensors =
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I16","shape":[1,2],"data_offsets":[8,12]}}""";

    /// <summary>A file of this header and as many bytes of data, which count up from 0.</summary>
    public static byte[] File(string header, int dataBytes) => File(Encoding.UTF8.GetBytes(header), dataBytes);

    /// <summary>Likewise, with a header that need not be text.</summary>
    public static byte[] File(byte[] header, int dataBytes, ulong? claimedLength = null)
    {
        var file = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimedLength ?? (ulong)header.Length);
        header.CopyTo(file, 8);
        for (var i = 0; i < dataBytes; i++)
        {
            file[8 + header.Length + i] = (byte)i;
        }

        return file;
    }
}
