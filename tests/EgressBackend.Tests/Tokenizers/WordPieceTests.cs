using Egress.Input;
using Egress.Tests;

namespace Egress.Backend.Tests.Tokenizers;

public sealed class WordPieceTests : IDisposable
{
    private static readonly string[] s_vocabulary =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "quick", "##ly", "fox", "un", "##aff", "##able", ",", "$", "+", "!", "hello",
        "world", "cafe", "中", "文", "ᄒ", "##ᅡ", "##ᆫ", "Hello", "café", "##e", "cafe\u0301", "i\u0307",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("The quickly FOX, unaffable!", "the quick ##ly fox , un ##aff ##able !")]
    [InlineData("hello\nworld\thello\r\nworld", "hello world hello world")]
    [InlineData("hello\u00A0world\u3000hello\u2028world", "hello world hello world")]
    [InlineData("hel\u200Blo w\u00ADor\0ld\u0007", "hello world")]
    [InlineData("café CAFÉ cafe\u0301 CAFE\u0301", "cafe cafe cafe cafe")]
    [InlineData("$hello+world", "$ hello + world")]
    [InlineData("hello\u2014world", "hello [UNK] world")]
    [InlineData("中文hello", "中 文 hello")]
    [InlineData("한", "ᄒ ##ᅡ ##ᆫ")]
    [InlineData("unfox thefox", "[UNK] [UNK]")]
    [InlineData("hello [SEP] world", "hello [SEP] world")]
    [InlineData("hello[MASK]world", "hello [MASK] world")]
    [InlineData("hello [sep]", "hello [UNK] [UNK] [UNK]")]
    [InlineData("\uD83D hello \uDE00", "hello")]
    [InlineData("😀 hello", "[UNK] hello")]
    [InlineData("", "")]
    [InlineData(" \n ", "")]
    public void Texts_become_the_pieces_that_BERT_makes_of_them(string text, string pieces)
    {
        Assert.Equal($"[CLS] {pieces} [SEP]".Replace("  ", " ", StringComparison.Ordinal), Pieces(Open("{}"), text));
    }

    [Theory]
    [InlineData("""{"do_lower_case": false}""", "Hello hello café cafe\u0301", "Hello hello café cafe\u0301")]
    [InlineData("""{"do_lower_case": false, "strip_accents": true}""", "Hello café", "Hello cafe")]
    [InlineData("""{"do_lower_case": true, "strip_accents": false}""", "HELLO CAFÉ İ", "hello café i\u0307")]
    [InlineData("""{"tokenize_chinese_chars": false}""", "中 中文", "中 [UNK]")]
    [InlineData("""{"cls_token": "the", "sep_token": {"content": "fox"}}""", "hello", "hello")]
    public void The_settings_beside_a_vocabulary_count(string settings, string text, string pieces)
    {
        var encoded = Pieces(Open(settings), text).Split(' ');

        Assert.Equal(pieces, string.Join(' ', encoded[1..^1]));
        Assert.Equal(settings.Contains("cls_token", StringComparison.Ordinal) ? ("the", "fox") : ("[CLS]", "[SEP]"), (encoded[0], encoded[^1]));
    }

    [Fact]
    public void A_word_of_more_than_a_hundred_letters_is_unknown()
    {
        var tokenizer = Open("{}");

        Assert.Equal("[CLS] cafe " + string.Join(' ', Enumerable.Repeat("##e", 96)) + " [SEP]", Pieces(tokenizer, "cafe" + new string('e', 96)));
        Assert.Equal("[CLS] [UNK] hello [SEP]", Pieces(tokenizer, "cafe" + new string('e', 97) + " hello"));
    }

    /// <summary>Whatever the room: the first pieces, the last of them in the middle of a word, and the closing token.</summary>
    [Fact]
    public void What_is_too_long_is_cut_so_that_the_closing_token_fits()
    {
        var tokenizer = Open("{}");
        const string Text = "hello unaffable [MASK] quickly world unaffable";
        var all = Pieces(tokenizer, Text).Split(' ');
        for (var room = 2; room <= all.Length + 1; room++)
        {
            var expected = room >= all.Length ? all : [.. all[..(room - 1)], "[SEP]"];
            Assert.Equal(string.Join(' ', expected), Pieces(tokenizer, Text, room));
        }

        Assert.Equal("[SEP]", Pieces(tokenizer, Text, 1));
        Assert.Equal("", Pieces(tokenizer, Text, 0));
    }

    [Fact]
    public void Any_number_of_threads_use_one_tokenizer()
    {
        var tokenizer = Open("{}");
        var texts = Enumerable.Range(0, 64).Select(i => string.Join(' ', Enumerable.Range(0, 30).Select(j => s_vocabulary[5 + ((i * j) % 15)]))).ToArray();
        var expected = texts.Select(text => Pieces(tokenizer, text)).ToArray();

        Parallel.For(0, 2000, i => Assert.Equal(expected[i % 64], Pieces(tokenizer, texts[i % 64])));
    }

    [Fact]
    public void A_vocabulary_knows_its_size()
    {
        Assert.Equal(s_vocabulary.Length, Open("{}").VocabularySize);

        // Lines without a piece count.
        File.WriteAllText(_folder["vocab.txt"], "[UNK]\n\n[CLS]\r\n[SEP]\nhello\nhello\n");
        Assert.Equal(6, Open().VocabularySize);
        var ids = new int[8];
        Assert.Equal(3, Open().Encode("hello", ids));
        Assert.Equal([2, 5, 3], ids[..3]);
    }

    [Theory]
    [InlineData("[UNK]\n[CLS]\nhello", "no piece '[SEP]'")]
    [InlineData("[CLS]\n[SEP]\nhello", "unknown token '[UNK]'")]
    [InlineData("", "empty")]
    public void A_vocabulary_that_lacks_something_is_refused(string vocabulary, string reason)
    {
        File.WriteAllText(_folder["vocab.txt"], vocabulary);

        var error = Assert.Throws<EgressException>(Open);

        Assert.Equal(EgressErrorId.TokenizerInvalid, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(_folder["vocab.txt"], error.Target);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[]")]
    [InlineData("""{"do_lower_case": "yes"}""")]
    [InlineData("""{"cls_token": 5}""")]
    [InlineData("""{"cls_token": "[START]"}""")]
    public void Settings_that_make_no_sense_are_refused(string settings)
    {
        Assert.Equal(EgressErrorId.TokenizerInvalid, Assert.Throws<EgressException>(() => Open(settings)).ErrorId);
    }

    [Fact]
    public void A_path_without_a_tokenizer_is_answered_with_what_would_work()
    {
        Directory.CreateDirectory(_folder["empty"]);
        foreach (var path in new[] { _folder["empty"], _folder["nothing"], _folder["nothing/vocab.txt"], _folder["tokenizer.bin"] })
        {
            var error = Assert.Throws<EgressException>(() => new TorchBackend().OpenTokenizer(path));
            Assert.Equal(EgressErrorId.TokenizerInvalid, error.ErrorId);
        }

        Assert.Contains("vocab.txt", Assert.Throws<EgressException>(() => new TorchBackend().OpenTokenizer(_folder["empty"])).Advice, StringComparison.Ordinal);
    }

    private ITokenizer Open(string settings)
    {
        File.WriteAllLines(_folder["vocab.txt"], s_vocabulary);
        File.WriteAllText(_folder["tokenizer_config.json"], settings);
        return Open();
    }

    private ITokenizer Open() => new TorchBackend().OpenTokenizer(_folder[""]);

    private static string Pieces(ITokenizer tokenizer, string text, int room = 512)
    {
        var ids = new int[room];
        return string.Join(' ', ids[..tokenizer.Encode(text, ids)].Select(id => s_vocabulary[id]));
    }
}
