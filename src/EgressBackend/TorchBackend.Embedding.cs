using Egress.Backend.Embedding;
using Egress.Backend.Tokenizers;
using Egress.Devices;
using Egress.Input;
using Egress.Models;
using Egress.Runtime;

namespace Egress.Backend;

/// <content>Encoders and tokenizers.</content>
public sealed partial class TorchBackend
{
    /// <inheritdoc/>
    public IEmbeddingSession CreateEmbeddingSession(EmbeddingModelOptions options, IDevice device)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        _ = NativeRuntime.EnsureLoaded();
        return EmbeddingSession.Create(options, device);
    }

    /// <inheritdoc/>
    public ITokenizer OpenTokenizer(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return TokenizerFolder.Open(path);
    }
}
