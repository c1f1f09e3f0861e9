using Egress.Models.Weights;

namespace Egress.Tests;

/// <summary>A tensor to write into a safetensors file.</summary>
/// <param name="Name">Its name; each may occur once in a file.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">The sizes of its dimensions, slowest first; empty for a scalar.</param>
/// <param name="Data">Its elements, little-endian, in C order.</param>
internal sealed record SafetensorsTensor(string Name, StoredType Type, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Data);
