using Egress.Models;

namespace Egress.Vectors;

/// <summary>Writes a batch of vectors as a file. Stateless: any number of threads use it at once.</summary>
public interface IVectorEncoder
{
    /// <summary>The extensions of the files of one batch, with their dots; the first is the one that stands for all.</summary>
    /// <param name="layout">How vectors lie in memory.</param>
    IReadOnlyList<string> Extensions(VectorLayout layout);

    /// <summary>Writes one of the files.</summary>
    /// <param name="extension">Which.</param>
    /// <param name="batch">The rows; where one of them has its text, all have.</param>
    /// <param name="stream">Takes the file; it is only written forward.</param>
    void Write(string extension, VectorBatch batch, Stream stream);
}
