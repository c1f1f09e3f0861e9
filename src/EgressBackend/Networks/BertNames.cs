namespace Egress.Backend.Networks;

/// <summary>What a family of encoders calls the parts of a layer; Hugging Face's names.</summary>
/// <param name="Layers">What the layers' numbers follow.</param>
/// <param name="Query">What gives the queries.</param>
/// <param name="Key">What gives the keys.</param>
/// <param name="Value">What gives the values.</param>
/// <param name="Mixed">What takes the heads' results together.</param>
/// <param name="MixedNorm">The norm behind it.</param>
/// <param name="Inner">What widens.</param>
/// <param name="Outer">What narrows again.</param>
/// <param name="OuterNorm">The norm behind it.</param>
internal sealed record BertNames(
    string Layers, string Query, string Key, string Value, string Mixed, string MixedNorm, string Inner, string Outer, string OuterNorm)
{
    /// <summary>BERT's, which RoBERTa and its followers kept.</summary>
    public static readonly BertNames Bert = new(
        "encoder.layer", "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
        "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm");

    /// <summary>DistilBERT's.</summary>
    public static readonly BertNames DistilBert = new(
        "transformer.layer", "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin",
        "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm");
}
