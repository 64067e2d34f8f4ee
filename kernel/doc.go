// Command kernel installs, runs and renders Go notebooks, fetches models and data, and
// merges adapters:
//
//	go run ./kernel install              # GoNB at a pinned version, and its tools
//	go run ./kernel run                  # runs notebooks without Python or a browser
//	go run ./kernel lab                  # opens notebooks in JupyterLab
//	go run ./kernel render               # renders notebooks as self-contained HTML pages
//	go run ./kernel doctor               # reports missing software
//	go run ./kernel fetch NAME DIR       # downloads a model or a data set
//	go run ./kernel merge FROM DIR       # merges an adapter into its base model
//	go run ./kernel checkpoint RUN DIR   # saves the trained weights of a run's last checkpoint
//	go run ./kernel tensorboard RUN      # writes a run's history for TensorBoard
//	go run ./kernel certify RUN          # writes the certificate of a finished run
//	go run ./kernel verify RUN           # compares a run with its certificate
//	go run ./kernel errors RUN           # lists the surest mistakes of a run
//	go run ./kernel evaluate             # evaluates a trained model on a labelled data set
//	go run ./kernel ensemble RUN RUN     # evaluates the mean of several trained models
//	go run ./kernel label                # labels texts with a trained model
//	go run ./kernel runs [DIR]           # compares all runs in a folder
//	go run ./kernel worker --nats URL    # trains the trials of sweeps (go run ./kernel/sweep)
//
// The exit status is 0 on success, 1 on failure, and 128 plus the signal's number (130 for
// Ctrl-C) after a signal.
package main
