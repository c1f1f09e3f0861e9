namespace Egress;

/// <summary>The error ids of this project. Scripts match on them: an id may be added, never renamed.</summary>
public static class EgressErrorId
{
    /// <summary>A path names no file.</summary>
    public const string PathNotFound = nameof(PathNotFound);

    /// <summary>A path names something that is not a file of the file system.</summary>
    public const string PathNotAFile = nameof(PathNotAFile);

    /// <summary>A file is in no supported picture format.</summary>
    public const string PictureFormatUnknown = nameof(PictureFormatUnknown);

    /// <summary>A picture's content is damaged or ends too early.</summary>
    public const string PictureDamaged = nameof(PictureDamaged);

    /// <summary>A picture has more pixels than allowed.</summary>
    public const string PictureTooLarge = nameof(PictureTooLarge);

    /// <summary>A file could not be read.</summary>
    public const string InputUnreadable = nameof(InputUnreadable);

    /// <summary>Output files were asked for, and no destination was named.</summary>
    public const string DestinationRequired = nameof(DestinationRequired);

    /// <summary>The destination does not take files.</summary>
    public const string DestinationNotWritable = nameof(DestinationNotWritable);

    /// <summary>The destination has no space left.</summary>
    public const string DestinationFull = nameof(DestinationFull);

    /// <summary>The destination went away during the run.</summary>
    public const string DestinationLost = nameof(DestinationLost);

    /// <summary>Another run writes to the destination.</summary>
    public const string DestinationInUse = nameof(DestinationInUse);

    /// <summary>The destination holds outputs of runs with other settings.</summary>
    public const string DestinationSettingsDiffer = nameof(DestinationSettingsDiffer);

    /// <summary>A destination has no journal.</summary>
    public const string JournalMissing = nameof(JournalMissing);

    /// <summary>A newer version has written the destination's journal.</summary>
    public const string JournalUnsupported = nameof(JournalUnsupported);

    /// <summary>An input's output can have no file of its name.</summary>
    public const string OutputNameInvalid = nameof(OutputNameInvalid);

    /// <summary>The destination is no folder and no place in an object store.</summary>
    public const string DestinationInvalid = nameof(DestinationInvalid);

    /// <summary>Writing an output failed.</summary>
    public const string OutputWriteFailed = nameof(OutputWriteFailed);

    /// <summary>Two inputs of one run would be written to the same file.</summary>
    public const string OutputNameCollision = nameof(OutputNameCollision);

    /// <summary>An output would replace the input that it is made from.</summary>
    public const string OutputReplacesInput = nameof(OutputReplacesInput);

    /// <summary>The output kind cannot be written in the format asked for.</summary>
    public const string OutputFormatUnsupported = nameof(OutputFormatUnsupported);

    /// <summary>Class names are missing, too many, or their file cannot be read.</summary>
    public const string ClassNamesInvalid = nameof(ClassNamesInvalid);

    /// <summary>No built-in model has this name, and no file either.</summary>
    public const string ModelUnknown = nameof(ModelUnknown);

    /// <summary>A file given as model is damaged, or holds no program.</summary>
    public const string ModelFileInvalid = nameof(ModelFileInvalid);

    /// <summary>A program has no output of this name, or several and none was named.</summary>
    public const string ModelOutputUnknown = nameof(ModelOutputUnknown);

    /// <summary>A program's output is no score of each class for each pixel, or not of as many classes as asked for.</summary>
    public const string ModelOutputUnsupported = nameof(ModelOutputUnsupported);

    /// <summary>A program does not take pictures of this size, number or precision.</summary>
    public const string ModelInputMismatch = nameof(ModelInputMismatch);

    /// <summary>A program was compiled for another kind of device.</summary>
    public const string ModelDeviceMismatch = nameof(ModelDeviceMismatch);

    /// <summary>A program failed when it was run.</summary>
    public const string ModelFailed = nameof(ModelFailed);

    /// <summary>A model file carries native code, and nobody allowed it to run.</summary>
    public const string NativeCodeNotAllowed = nameof(NativeCodeNotAllowed);

    /// <summary>A weights file is damaged or in another format.</summary>
    public const string WeightsInvalid = nameof(WeightsInvalid);

    /// <summary>A weights file asks for a class that is neither a tensor nor a dictionary.</summary>
    public const string WeightsClassRefused = nameof(WeightsClassRefused);

    /// <summary>A weights file does not fit the model: missing, unexpected or mis-shaped parameters.</summary>
    public const string WeightsMismatch = nameof(WeightsMismatch);

    /// <summary>A buffer pool's buffers are smaller than one batch of output.</summary>
    public const string BufferPoolTooSmall = nameof(BufferPoolTooSmall);

    /// <summary>A buffer pool was removed, or is used by another run.</summary>
    public const string BufferPoolUnavailable = nameof(BufferPoolUnavailable);

    /// <summary>Memory that has to be pinned is not.</summary>
    public const string MemoryNotPinned = nameof(MemoryNotPinned);

    /// <summary>More host memory was asked for than there is.</summary>
    public const string HostMemoryExhausted = nameof(HostMemoryExhausted);

    /// <summary>The process, or the machine, may have no more files open.</summary>
    public const string OpenFilesExhausted = nameof(OpenFilesExhausted);

    /// <summary>The system gives the process no more threads.</summary>
    public const string ThreadsExhausted = nameof(ThreadsExhausted);

    /// <summary>More device memory was asked for than there is.</summary>
    public const string DeviceMemoryExhausted = nameof(DeviceMemoryExhausted);

    /// <summary>The device asked for is not on this machine, or its libraries are not.</summary>
    public const string DeviceNotFound = nameof(DeviceNotFound);

    /// <summary>A device's name or its settings could not be read.</summary>
    public const string DeviceSpecInvalid = nameof(DeviceSpecInvalid);

    /// <summary>A call into the CUDA runtime failed.</summary>
    public const string CudaCallFailed = nameof(CudaCallFailed);

    /// <summary>libtorch or one of its parts did not load.</summary>
    public const string RuntimeNotLoaded = nameof(RuntimeNotLoaded);

    /// <summary>A log could not be opened.</summary>
    public const string LogNotWritable = nameof(LogNotWritable);

    /// <summary>A run is a shard of a larger one, and which one, or of how many, is not known or makes no sense.</summary>
    public const string ShardInvalid = nameof(ShardInvalid);

    /// <summary>A setting of the environment could not be read.</summary>
    public const string EnvironmentInvalid = nameof(EnvironmentInvalid);

    /// <summary>Options contradict each other or make no sense.</summary>
    public const string OptionInvalid = nameof(OptionInvalid);

    /// <summary>What was given as a result of a measurement is none.</summary>
    public const string ThroughputRecordInvalid = nameof(ThroughputRecordInvalid);

    /// <summary>The file of a sweep that was to go on holds something else.</summary>
    public const string SweepFileInvalid = nameof(SweepFileInvalid);

    /// <summary>A comparison found a difference of a kind that was to be an error.</summary>
    public const string ThroughputChanged = nameof(ThroughputChanged);

    /// <summary>No configuration within the limits could run.</summary>
    public const string NothingMeasured = nameof(NothingMeasured);

    /// <summary>Pictures of charts need a font, and this machine has none.</summary>
    public const string FontNotFound = nameof(FontNotFound);

    /// <summary>A stage did not come on for longer than was allowed.</summary>
    public const string StageStalled = nameof(StageStalled);

    /// <summary>The configuration in a model's folder is missing, damaged or of a kind of model that is not known.</summary>
    public const string ModelConfigInvalid = nameof(ModelConfigInvalid);

    /// <summary>A model's tokenizer is missing, damaged or of a kind that is not known.</summary>
    public const string TokenizerInvalid = nameof(TokenizerInvalid);

    /// <summary>A file of sequences is damaged, or lacks the column that was asked for.</summary>
    public const string SequenceFileInvalid = nameof(SequenceFileInvalid);

    /// <summary>A sequence has no text or no usable id.</summary>
    public const string SequenceInvalid = nameof(SequenceInvalid);

    /// <summary>Two sequences of a run have one id.</summary>
    public const string SequenceIdTaken = nameof(SequenceIdTaken);

    /// <summary>A database of vectors cannot be reached, or refuses the user.</summary>
    public const string VectorStoreUnavailable = nameof(VectorStoreUnavailable);

    /// <summary>A database or table is not one for vectors, or for other ones.</summary>
    public const string VectorStoreInvalid = nameof(VectorStoreInvalid);

    /// <summary>A database of vectors failed while it was used.</summary>
    public const string VectorStoreFailed = nameof(VectorStoreFailed);

    /// <summary>An id that was asked for has no vector.</summary>
    public const string VectorNotFound = nameof(VectorNotFound);

    /// <summary>A query does not suit the stored vectors: another number of elements, or another model.</summary>
    public const string VectorQueryInvalid = nameof(VectorQueryInvalid);

    /// <summary>The engine itself failed: an error that should have been one of the others.</summary>
    public const string PipelineFault = nameof(PipelineFault);
}
