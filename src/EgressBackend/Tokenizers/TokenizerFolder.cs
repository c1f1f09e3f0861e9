using System.Text;
using Egress.Input;

namespace Egress.Backend.Tokenizers;

/// <summary>Finds out what tokenizer a folder holds, and opens it.</summary>
internal static class TokenizerFolder
{
    private const string WordPieceName = "vocab.txt";
    private const string ByteLevelName = "vocab.json";
    private const string MergesName = "merges.txt";
    private const string JsonName = "tokenizer.json";
    private const string FairseqName = "sentencepiece.bpe.model";
    private const string ModelExtension = ".model";
    private const string MaskToken = "<mask>";

    private static readonly string[] s_robertaTokens = ["<s>", "</s>", "<unk>", "<pad>", MaskToken, "<|endoftext|>"];
    private static readonly string[] s_plainTokens = ["<s>", "</s>", "<pad>", "<unk>"];

    private const string Known =
        "Known are WordPiece (vocab.txt), byte-level BPE (vocab.json and merges.txt), either in a tokenizer.json, and SentencePiece (a .model file).";

    /// <summary>Opens a tokenizer.</summary>
    /// <param name="path">Full path of a folder, or of one of its files.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>.</exception>
    public static ITokenizer Open(string path)
    {
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? path : Path.GetDirectoryName(path)!;
        var file = path;
        try
        {
            file = isFolder ? Find(path) : path;
            var settings = TokenizerSettings.Read(folder);
            return Path.GetFileName(file) switch
            {
                ByteLevelName or MergesName => ByteLevel(folder, settings),
                var name when name.EndsWith(ModelExtension, StringComparison.Ordinal) => SentencePiece(file, settings),
                var name when name.EndsWith(".json", StringComparison.Ordinal) => TokenizerJson.Open(file),
                var name when name.EndsWith(".txt", StringComparison.Ordinal) => WordPiece(file, settings),
                _ => throw TokenizerFile.Invalid(file, "its name says nothing of what is in it", Known),
            };
        }
        catch (Exception e) when (e is not (EgressException or OutOfMemoryException))
        {
            // Of a file that is not as it should be, the library throws whatever it runs into.
            throw TokenizerFile.Invalid(file, e.Message.TrimEnd('.'), inner: e);
        }
    }

    private static string Find(string folder)
    {
        string[] names = [.. Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        var models = names.Where(name => name.EndsWith(ModelExtension, StringComparison.Ordinal)).ToList();
        return names.Contains(WordPieceName) ? Path.Combine(folder, WordPieceName)
            : names.Contains(ByteLevelName) && names.Contains(MergesName) ? Path.Combine(folder, ByteLevelName)
            : models.Count == 1 ? Path.Combine(folder, models[0])
            : names.Contains(JsonName) ? Path.Combine(folder, JsonName)
            : throw TokenizerFile.Invalid(
                folder,
                models.Count > 1 ? $"it holds {models.Count} SentencePiece models: {string.Join(", ", models)}" : "it holds no file of one",
                $"Give -Tokenizer a folder that holds a tokenizer, or the file. {Known}");
    }

    private static TextTokenizer WordPiece(string path, TokenizerSettings settings)
    {
        var vocabulary = ReadLines(path);
        var lowers = settings.Flag("do_lower_case") ?? true;
        var normaliser = new BertNormaliser
        {
            Lowers = lowers,
            StripsAccents = settings.Flag("strip_accents") ?? lowers,
            SeparatesChinese = settings.Flag("tokenize_chinese_chars") ?? true,
        };
        int Id(string token) => vocabulary.TryGetValue(token, out var id) ? id : throw TokenizerFile.Invalid(path, $"it has no piece '{token}'");

        string Name(string setting, string usual) => settings.Token(setting) ?? usual;

        string[] special =
        [
            Name("unk_token", "[UNK]"), Name("sep_token", "[SEP]"), Name("pad_token", "[PAD]"), Name("cls_token", "[CLS]"), Name("mask_token", "[MASK]"),
        ];
        return new TextTokenizer(
            new WordPieces(vocabulary, special[0], normaliser),
            vocabulary.Values.Max() + 1,
            [.. settings.Added, .. special.Where(vocabulary.ContainsKey).Select(token => new SpecialToken(token, vocabulary[token]))],
            [Id(special[3])],
            [Id(special[1])]);
    }

    private static TextTokenizer ByteLevel(string folder, TokenizerSettings settings)
    {
        var path = Path.Combine(folder, ByteLevelName);
        var vocabulary = TokenizerFile.Vocabulary(path, TokenizerFile.Parse(path));
        if (!vocabulary.Keys.Any(piece => piece.Contains('Ġ', StringComparison.Ordinal)))
        {
            throw TokenizerFile.Invalid(path, "its pieces are not made of bytes, as those of GPT-2 and RoBERTa are", Known);
        }

        var mergesPath = Path.Combine(folder, MergesName);
        var merges = Encoding.UTF8.GetString(TokenizerFile.Read(mergesPath)).Split('\n')
            .Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal));

        // GPT-2 and what came of it put nothing around a text.
        var isBare = settings.ClassName.Length > 0 && !settings.ClassName.Contains("oberta", StringComparison.OrdinalIgnoreCase)
            && settings.ClassName is not ("BartTokenizer" or "LongformerTokenizer" or "LEDTokenizer");
        int[] Around(string setting, string usual) =>
            !isBare && vocabulary.TryGetValue(settings.Token(setting) ?? usual, out var id) ? [id] : [];

        return new TextTokenizer(
            new ByteLevelPieces(
                vocabulary, merges, vocabulary.ContainsKey("<unk>") ? "<unk>" : null, settings.Flag("add_prefix_space") ?? false),
            vocabulary.Values.Max() + 1,
            [.. settings.Added, .. RobertaTokens(vocabulary)],
            Around("cls_token", "<s>"),
            Around("sep_token", "</s>"));
    }

    private static IEnumerable<SpecialToken> RobertaTokens(Dictionary<string, int> vocabulary) =>
        s_robertaTokens.Where(vocabulary.ContainsKey)
            .Select(token => new SpecialToken(token, vocabulary[token], TakesSpaceBefore: token == MaskToken));

    private static TextTokenizer SentencePiece(string path, TokenizerSettings settings)
    {
        var model = TokenizerFile.Read(path);
        return settings.ClassName switch
        {
            "XLMRobertaTokenizer" => Fairseq(path, model, offset: 1, opening: 0, closing: 2, own: ["<s>", "<pad>", "</s>", "<unk>"]),
            "CamembertTokenizer" => Fairseq(path, model, offset: 4, opening: 5, closing: 6, own: ["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED", "<s>", "</s>"]),
            "" when Path.GetFileName(path) == FairseqName => Fairseq(path, model, offset: 1, opening: 0, closing: 2, own: ["<s>", "<pad>", "</s>", "<unk>"]),
            "T5Tokenizer" or "" => Plain(path, model, opens: false, closes: true),
            "LlamaTokenizer" => Plain(
                path, model, settings.Flag("add_bos_token") ?? true, settings.Flag("add_eos_token") ?? false),
            var name => throw TokenizerFile.Invalid(
                path, $"its {TokenizerSettings.FileName} says {name}, whose ids are not known here",
                "Known SentencePiece tokenizers are those of XLM-RoBERTa, CamemBERT, T5 and Llama."),
        };
    }

    /// <summary>Models that were trained with fairseq have special tokens of their own before the file's pieces.</summary>
    private static TextTokenizer Fairseq(string path, byte[] model, int offset, int opening, int closing, string[] own)
    {
        var pieces = new SentencePieces(path, model, offset, unknown: 3);
        var mask = pieces.PieceCount + offset;
        return new TextTokenizer(
            pieces, mask + 1,
            [.. own.Select((text, id) => new SpecialToken(text, id)), new SpecialToken(MaskToken, mask, TakesSpaceBefore: true)],
            [opening], [closing]);
    }

    private static TextTokenizer Plain(string path, byte[] model, bool opens, bool closes)
    {
        var pieces = new SentencePieces(path, model, offset: 0, unknown: null);
        int[] Around(bool wanted, string token) => !wanted ? [] : [pieces.Find(token) ?? throw TokenizerFile.Invalid(path, $"it has no piece '{token}'")];

        return new TextTokenizer(
            pieces, pieces.PieceCount,
            s_plainTokens.Where(token => pieces.Find(token) is not null).Select(token => new SpecialToken(token, pieces.Find(token)!.Value)),
            Around(opens, "<s>"), Around(closes, "</s>"));
    }

    /// <summary>A piece a line; the line's number is its id.</summary>
    private static Dictionary<string, int> ReadLines(string path)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        using var reader = new StreamReader(new MemoryStream(TokenizerFile.Read(path)));
        for (var id = 0; reader.ReadLine() is { } line; id++)
        {
            if (line.Length > 0)
            {
                vocabulary[line] = id;
            }
        }

        return vocabulary.Count > 0 ? vocabulary : throw TokenizerFile.Invalid(path, "its vocabulary is empty");
    }
}
