# What preparing and training read, for the other scripts here, which source it in training/. A build's folder is named by a hash of it, so that changed data or
# code never meets an old checkpoint, and a mended card, figure or export throws away no hours of training. tests/test_runs.py holds both lists of code
# to what the steps import.
data_read=(data/labels.tsv data/sources.tsv data/ingredients/*.tsv data/not_ingredients/*.tsv requirements.txt)
code_read=(
  ingredients/{__init__,augment,base,confident,corpus,dataset,doubts_file,labels,lexicon,model,pool,prepared,runtime,text,train}.py
  ingredients/open_data/{__init__,ciqual,files,foodon,heads,merge,names,notfood,openfoodfacts,rules,shopify,usda,weak,wordlists,wordnet,words}.py
  scripts/{__init__,finetune,prepare}.py
)
student_code=("${code_read[@]}" ingredients/vocabulary.py scripts/distil.py)
teacher_code=("${code_read[@]}" scripts/{crossfit,teach}.py)

# The build folder of what the given files hold, which their names are part of.
build_of() {
  echo "build/$(sha256sum "$@" | LC_ALL=C sort | sha256sum | cut -c 1-12)"
}
