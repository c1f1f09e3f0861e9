namespace Egress.Models;

/// <summary>What of an encoder's last hidden states becomes a sequence's vector. It is done on the device.</summary>
public enum VectorPooling
{
    /// <summary>The mean over the sequence's tokens; padding does not count.</summary>
    Mean,

    /// <summary>The first token, which BERT calls <c>[CLS]</c>.</summary>
    Cls,

    /// <summary>The sequence's last token.</summary>
    Last,

    /// <summary>All tokens: one vector each. The large output.</summary>
    None,
}
