using System.Text.Json.Nodes;
using Egress.Input;
using Egress.Tests;

namespace Egress.Backend.Tests.Tokenizers;

/// <summary>What newer models have instead of a vocabulary's files.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    internal const string Bert = """
        {
          "version": "1.0", "truncation": null, "padding": null,
          "added_tokens": [
            {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 1, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 9, "content": "[MASK]", "single_word": false, "lstrip": true, "rstrip": true, "normalized": false, "special": true}],
          "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
          "pre_tokenizer": {"type": "BertPreTokenizer"},
          "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
          "decoder": {"type": "WordPiece"},
          "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "hello": 4, "cafe": 5, "##s": 6, "Hello": 8}}
        }
        """;

    internal const string Roberta = """
        {
          "added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 9, "content": "<mask>", "lstrip": true, "special": true}],
          "normalizer": null,
          "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
          "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false},
          "model": {"type": "BPE", "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "t": 3, "h": 4, "e": 5, "Ġ": 6, "he": 7, "the": 8}, "merges": ["h e", ["t", "he"]]}
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Hello CAFÉS\nhello", "2 4 5 6 4 3")]
    [InlineData("hello [MASK] cafe", "2 4 9 5 3")]
    [InlineData("x", "2 1 3")]
    public void A_WordPiece_file_gives_what_it_says(string text, string ids)
    {
        var tokenizer = Open(Bert);

        Assert.Equal(ids, Encode(tokenizer, text));
        Assert.Equal(10, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("normalizer.lowercase", "false", "Hello hello café", "2 8 4 1 3")]
    [InlineData("normalizer.strip_accents", "false", "CAFÉ", "2 1 3")]
    [InlineData("post_processor", "null", "hello", "4")]
    [InlineData("post_processor", """{"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}""", "hello", "2 4 3")]
    public void Its_settings_count(string name, string value, string text, string ids)
    {
        Assert.Equal(ids, Encode(Open(Change(Bert, name, value)), text));
    }

    [Theory]
    [InlineData("the the", "0 8 6 8 2")]
    [InlineData("the <mask>he", "0 8 9 7 2")]
    public void A_byte_level_file_gives_what_it_says(string text, string ids)
    {
        Assert.Equal(ids, Encode(Open(Roberta), text));
        Assert.Equal("0 6 8 2", Encode(Open(Change(Roberta, "pre_tokenizer.add_prefix_space", "true")), "the"));
    }

    [Theory]
    [InlineData("model.type", "\"Unigram\"", "its model is Unigram")]
    [InlineData("normalizer", "null", "its normalizer is none, and only BertNormalizer")]
    [InlineData("pre_tokenizer.type", "\"Whitespace\"", "its pre_tokenizer is Whitespace")]
    [InlineData("post_processor.type", "\"Sequence\"", "its post_processor is Sequence")]
    [InlineData("post_processor.single", "[]", "no place for the text")]
    [InlineData("post_processor.special_tokens", "{}", "'[CLS]' is missing")]
    [InlineData("model.vocab", "[]", "'vocab' is missing or no object")]
    [InlineData("model.vocab.hello", "-1", "the id of 'hello' is -1")]
    [InlineData("model.vocab.hello", "2000000000", "ids up to 2000000000")]
    [InlineData("added_tokens", """[{"id": 9, "content": "new", "special": false}]""", "its added token 'new' is no special one")]
    [InlineData("added_tokens", """[{"content": "new"}]""", "'id' of an added token")]
    public void What_is_not_known_is_refused(string name, string value, string reason)
    {
        var error = Assert.Throws<EgressException>(() => Open(Change(Bert, name, value)));

        Assert.Equal(EgressErrorId.TokenizerInvalid, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(_folder["tokenizer.json"], error.Target);
    }

    [Theory]
    [InlineData("normalizer", """{"type": "NFC"}""", "its normalizer is NFC")]
    [InlineData("pre_tokenizer", """{"type": "Sequence"}""", "its pre_tokenizer is Sequence")]
    [InlineData("pre_tokenizer.use_regex", "false", "not those of GPT-2")]
    [InlineData("model.merges", "[5]", "a merge is 5")]
    public void What_is_not_known_of_byte_level_files_is_refused(string name, string value, string reason)
    {
        Assert.Contains(reason, Assert.Throws<EgressException>(() => Open(Change(Roberta, name, value))).Message, StringComparison.Ordinal);
    }

    private static string Change(string json, string name, string value)
    {
        var root = JsonNode.Parse(json)!;
        var (node, path) = (root, name.Split('.'));
        foreach (var part in path[..^1])
        {
            node = node[part]!;
        }

        node[path[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }

    private ITokenizer Open(string json)
    {
        File.WriteAllText(_folder["tokenizer.json"], json);
        return new TorchBackend().OpenTokenizer(_folder[""]);
    }

    private static string Encode(ITokenizer tokenizer, string text)
    {
        var ids = new int[64];
        return string.Join(' ', ids[..tokenizer.Encode(text, ids)]);
    }
}
