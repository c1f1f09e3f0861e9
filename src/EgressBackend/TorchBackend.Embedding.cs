using Egress.Devices;
using Egress.Input;
using Egress.Models;

namespace Egress.Backend;

/// <content>Encoders and tokenizers.</content>
public sealed partial class TorchBackend
{
    /// <inheritdoc/>
    public IEmbeddingSession CreateEmbeddingSession(EmbeddingModelOptions options, IDevice device) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ITokenizer OpenTokenizer(string path) => throw new NotImplementedException();
}
